/** The commands, which work in the middle of anything, in whatever case they are written. */
import type { Composer } from "grammy";
import type { BotContext } from "#conversations/context.ts";
import * as wording from "#conversations/wording.ts";
import { findDraft } from "#src/store/drafts.ts";
import type { BotOptions } from "./options.ts";
import { cancel, findOwnCustomer, showStatus } from "./order.ts";
import { askOpenQuestion, beginDraft, toUserId } from "./questions.ts";
import { say } from "./say.ts";

export const COMMANDS = [
  { command: "start", description: "Set up your assistant, or go on" },
  { command: "status", description: "How it stands" },
  { command: "cancel", description: "Stop setting up, or end the subscription" },
  { command: "help", description: "What I can do" },
];

/** Instructions may well begin with a path or a fraction, so a command is a word that stands alone after its slash. */
function toCommand(ctx: BotContext): string | null {
  return (
    /^\/([a-z]\w{0,31})(?:@\w+)?(?:\s|$)/i
      .exec(ctx.message?.text ?? "")
      ?.at(1)
      ?.toLowerCase() ?? null
  );
}

export function isStart(ctx: BotContext): boolean {
  return toCommand(ctx) === "start";
}

/** After `/start` the update goes on: conversations can be entered only further down the line. */
export function addCommands(person: Composer<BotContext>, options: BotOptions): void {
  person.on("message:text", async (ctx, next) => {
    switch (toCommand(ctx)) {
      case null:
        return next();
      case "start":
        await start(options, ctx);
        return next();
      case "status":
        return showStatus(options, ctx);
      case "cancel":
        await ctx.conversation.exitAll();
        return cancel(options, ctx);
      case "help":
        return say(ctx, wording.help(options.supportContact));
      default:
        return say(ctx, wording.unknownCommand());
    }
  });
}

async function start(options: BotOptions, ctx: BotContext): Promise<void> {
  await ctx.conversation.exitAll();
  const draft = findDraft(options.store, toUserId(ctx));
  if (findOwnCustomer(options, ctx) !== null && draft === null) return showStatus(options, ctx);
  // Said before the draft begins: if we are killed in between, the price is told twice rather than never.
  await say(ctx, draft === null ? wording.welcome() : wording.welcomeBack());
  if (draft === null) beginDraft(options, ctx);
  const written = findDraft(options.store, toUserId(ctx));
  if (written !== null) await askOpenQuestion(written, ctx);
}
