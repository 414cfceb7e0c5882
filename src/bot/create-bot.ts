/**
 * The bot's wiring: which update goes where, in an order that matters. A token is caught before any conversation sees it,
 * commands before any question takes them for an answer. The inbox feeds it; it polls nothing itself.
 */
import { type ConversationFlavor, conversations, createConversation } from "@grammyjs/conversations";
import { Bot, type Context } from "grammy";
import type { Update } from "grammy/types";
import type { BotContext } from "#conversations/context.ts";
import { createInstructions } from "#conversations/instructions.ts";
import { createOnboarding } from "#conversations/onboarding.ts";
import * as wording from "#conversations/wording.ts";
import { extractBotTokens } from "#src/domain/bot-token.ts";
import { findDraft } from "#src/store/drafts.ts";
import { addButtons } from "./buttons.ts";
import { addCommands } from "./commands.ts";
import { createConversationStorage } from "./conversation-storage.ts";
import type { BotOptions } from "./options.ts";
import { askOpenQuestion, takeName, takePiece, toUserId } from "./questions.ts";
import { say } from "./say.ts";
import { readTextFile } from "./text-file.ts";
import { takeToken } from "./token-step.ts";
import { waitForAnswer } from "./wait-for-answer.ts";

/** Handles one update to its end; throws what went wrong. */
export function createBot(options: BotOptions): {
  handle(update: Update): Promise<void>;
  apologise(update: Update): Promise<void>;
} {
  const bot = new Bot<BotContext>(options.token.reveal(), {
    botInfo: options.botInfo,
    client: { apiRoot: options.apiRoot, timeoutSeconds: 30, fetch: options.fetch },
  });
  const person = bot.filter((ctx) => ctx.chat?.type === "private" && ctx.from !== undefined);
  person.on(["message", "edited_message"], async (ctx, next) => {
    const { text, caption } = ctx.msg;
    const tokens = extractBotTokens(`${text ?? ""}\n${caption ?? ""}`);
    return tokens.length === 0 ? next() : takeToken(options, ctx, tokens);
  });
  person.use(
    conversations<Context & ConversationFlavor<Context>, Context>({ storage: createConversationStorage(options) }),
  );
  addCommands(person, options);
  const takeNameOf = (ctx: BotContext) => takeName(options, ctx, ctx.message?.text ?? "");
  const takePieceOf = (ctx: BotContext) =>
    takePiece(options, ctx, { messageId: ctx.message?.message_id ?? 0, text: ctx.message?.text ?? "" });
  person.use(createConversation(createOnboarding({ takeName: takeNameOf }), "name"));
  person.use(createConversation(createInstructions({ takePiece: takePieceOf }), "instructions"));
  addButtons(person, options);
  person.command("start", (ctx) => waitForAnswer(options, ctx));
  person.on("message:text", (ctx) => answerOpenQuestion(options, ctx, takeNameOf, takePieceOf));
  person.on("edited_message:text", async (ctx) => {
    const draft = findDraft(options.store, toUserId(ctx));
    const { message_id: messageId, text } = ctx.editedMessage;
    if (draft?.step === "instructions" && draft.instructions.some((piece) => piece.messageId === messageId)) {
      await takePiece(options, ctx, { messageId, text });
    }
  });
  person.on("message:document", (ctx) => takeFile(options, ctx));
  person.on("message", (ctx) => refuseMedia(options, ctx));
  return {
    handle: (update) => bot.handleUpdate(update),
    async apologise(update) {
      const chat = update.message?.chat ?? update.callback_query?.message?.chat;
      if (chat?.type === "private") await bot.api.sendMessage(chat.id, wording.ourFault().html);
    },
  };
}

/** A text that no conversation waited for (after a restart, say) is the answer to the draft's open question all the same. */
async function answerOpenQuestion(
  options: BotOptions,
  ctx: BotContext,
  takeNameOf: (ctx: BotContext) => Promise<unknown>,
  takePieceOf: (ctx: BotContext) => Promise<unknown>,
): Promise<void> {
  const draft = findDraft(options.store, toUserId(ctx));
  switch (draft?.step) {
    case "name":
      await takeNameOf(ctx);
      break;
    case "instructions":
      await takePieceOf(ctx);
      break;
    case "token":
      return say(ctx, wording.tokenMissing());
    case "review":
      return askOpenQuestion(draft, ctx);
    case undefined:
      return say(ctx, wording.chatter());
  }
  await waitForAnswer(options, ctx);
}

async function takeFile(options: BotOptions, ctx: BotContext): Promise<void> {
  const draft = findDraft(options.store, toUserId(ctx));
  if (draft?.step !== "instructions") return refuseMedia(options, ctx);
  const text = await readTextFile(options, ctx);
  if (text === null) return say(ctx, wording.fileUnreadable());
  const tokens = extractBotTokens(text);
  if (tokens.length > 0) return takeToken(options, ctx, tokens);
  await takePiece(options, ctx, { messageId: ctx.message?.message_id ?? 0, text });
}

/** One answer for an album too: its later parts say nothing. */
async function refuseMedia(options: BotOptions, ctx: BotContext): Promise<void> {
  if (ctx.message?.media_group_id !== undefined && ctx.message.caption === undefined) {
    if (isSeenGroup(ctx.message.media_group_id)) return;
  }
  const draft = findDraft(options.store, toUserId(ctx));
  await say(ctx, wording.textOnly());
  if (draft !== null) await askOpenQuestion(draft, ctx);
}

const seenGroups: string[] = [];

/** Remembered for a while only; an album that is answered twice harms nobody. */
function isSeenGroup(id: string): boolean {
  if (seenGroups.includes(id)) return true;
  seenGroups.push(id);
  if (seenGroups.length > 100) seenGroups.shift();
  return false;
}
