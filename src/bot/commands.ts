/** The commands, which work in the middle of anything. */
import type { Composer } from "grammy";
import type { BotContext } from "#conversations/context.ts";
import * as wording from "#conversations/wording.ts";
import { findDraft } from "#src/store/drafts.ts";
import type { BotOptions } from "./options.ts";
import { cancel, findOwnCustomer, showStatus } from "./order.ts";
import { askOpenQuestion, beginDraft, toUserId } from "./questions.ts";
import { say } from "./say.ts";

const COMMANDS = [
  { command: "start", description: "Set up your assistant, or go on" },
  { command: "status", description: "How it stands" },
  { command: "cancel", description: "Stop setting up, or end the subscription" },
  { command: "help", description: "What I can do" },
];

/** After `/start` the update goes on: conversations can be entered only further down the line. */
export function addCommands(person: Composer<BotContext>, options: BotOptions): void {
  person.command("start", async (ctx, next) => {
    await start(options, ctx);
    await next();
  });
  person.command("status", async (ctx) => showStatus(options, ctx));
  person.command("cancel", async (ctx) => {
    await ctx.conversation.exitAll();
    await cancel(options, ctx);
  });
  person.command("help", async (ctx) => say(ctx, wording.help(options.supportContact)));
  person.on("message::bot_command", async (ctx, next) => {
    const name = /^\/(\w+)/.exec(ctx.message.text ?? "")?.[1];
    if (name === undefined || COMMANDS.some(({ command }) => command === name.toLowerCase())) return next();
    await say(ctx, wording.unknownCommand());
  });
}

async function start(options: BotOptions, ctx: BotContext): Promise<void> {
  await ctx.conversation.exitAll();
  const customer = findOwnCustomer(options, ctx);
  const draft = findDraft(options.store, toUserId(ctx));
  if (customer !== null && draft === null) return showStatus(options, ctx);
  if (draft === null) beginDraft(options, ctx);
  await say(ctx, draft === null ? wording.welcome() : wording.welcomeBack());
  const written = findDraft(options.store, toUserId(ctx));
  if (written !== null) await askOpenQuestion(written, ctx);
}
