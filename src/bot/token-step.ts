/**
 * The third question: a bot's token. It stands outside any conversation, because nothing that a conversation stores may hold
 * a token; whatever message brings one, at whatever step, is removed from the chat at once and comes here.
 */
import { setTimeout as delay } from "node:timers/promises";
import type { BotContext } from "#conversations/context.ts";
import * as wording from "#conversations/wording.ts";
import { type BotTokenFinding, readBotId } from "#src/domain/bot-token.ts";
import { isAppError } from "#src/domain/errors.ts";
import type { ChatMessage } from "#src/domain/ports/messenger.ts";
import type { Secret } from "#src/domain/secret.ts";
import { findCustomer } from "#src/store/customers.ts";
import { findDraft, writeDraftBot } from "#src/store/drafts.ts";
import type { BotOptions } from "./options.ts";
import { askOpenQuestion, moveOn, toUserId } from "./questions.ts";
import { removeMessage, say } from "./say.ts";

/** More tokens than this in one paste are nobody's mistake. */
const MOST_TOKENS = 3;
const TRIES = 2;
const RETRY_MS = 1000;

/** Found: a bot that this person may use. Taken: another customer's, who is not named. */
type Found = BotTokenFinding | { kind: "taken" };

/** Of several tokens in a paste the last that works counts: people paste the newest last. */
export async function takeToken(options: BotOptions, ctx: BotContext, tokens: Secret[]): Promise<void> {
  const { store, clock } = options;
  const removed = await removeMessage(ctx);
  const draft = findDraft(store, toUserId(ctx));
  if (draft === null) return say(ctx, wording.tokenUnasked(removed));
  await say(ctx, wording.tokenTaken(removed));
  await ctx.replyWithChatAction("typing");
  let problem: ChatMessage | null = null;
  for (const token of tokens.slice(-MOST_TOKENS).reverse()) {
    const found = await find(options, ctx, token);
    if (found?.kind !== "ok") {
      problem ??= found === null ? wording.tokenUnchecked() : toProblem(found);
      continue;
    }
    writeDraftBot(store, draft.userId, { id: found.botId, username: found.username }, token, clock.now());
    await say(ctx, wording.tokenFound(found.username));
    // At an earlier question the token is kept, and that question stays open.
    return draft.step === "token" ? moveOn(options, ctx) : askOpenQuestion({ ...draft, bot: toBot(found) }, ctx);
  }
  if (problem !== null) await say(ctx, problem);
}

function toBot({ botId, username }: { botId: number; username: string }) {
  return { id: botId, username };
}

/** Null when Telegram can't be asked: the person is told, since their message, and so the token, is gone from the chat. */
async function find(options: BotOptions, ctx: BotContext, token: Secret): Promise<Found | null> {
  // Asking about a bot that one of our assistants polls would throw that assistant off.
  const owner = findCustomer(options.store, "botId", readBotId(token) ?? 0);
  if (owner !== null && owner.telegramUserId !== toUserId(ctx)) return { kind: "taken" };
  for (let tries = 1; tries <= TRIES; tries += 1) {
    if (tries > 1) await delay(RETRY_MS);
    try {
      return await options.inspectBotToken(token);
    } catch (error) {
      if (!isAppError(error, "unavailable")) throw error;
    }
  }
  return null;
}

function toProblem(found: Exclude<Found, { kind: "ok" }>): ChatMessage {
  switch (found.kind) {
    case "refused":
      return wording.tokenProblem.refused();
    case "platform":
      return wording.tokenProblem.platform();
    case "webhook":
      return wording.tokenProblem.webhook(found.host);
    case "busy":
      return wording.tokenProblem.busy();
    case "taken":
      return wording.tokenProblem.taken();
  }
}
