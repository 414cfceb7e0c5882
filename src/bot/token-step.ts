/**
 * The third question: a bot's token. It stands outside any conversation, because nothing that a conversation stores may hold
 * a token; whatever message brings one, at whatever step, is removed from the chat at once and comes here.
 */
import type { BotContext } from "#conversations/context.ts";
import * as wording from "#conversations/wording.ts";
import type { BotTokenFinding } from "#src/domain/bot-token.ts";
import type { Secret } from "#src/domain/secret.ts";
import { findCustomer } from "#src/store/customers.ts";
import { findDraft, writeDraftBot } from "#src/store/drafts.ts";
import type { BotOptions } from "./options.ts";
import { askOpenQuestion, moveOn, toUserId } from "./questions.ts";
import { removeMessage, say } from "./say.ts";

/** The last token of a paste counts: people paste the newest last. */
export async function takeToken(options: BotOptions, ctx: BotContext, tokens: Secret[]): Promise<void> {
  const { store, clock } = options;
  const removed = await removeMessage(ctx);
  const token = tokens.at(-1);
  const draft = findDraft(store, toUserId(ctx));
  if (token === undefined || draft === null) return say(ctx, wording.tokenUnasked());
  await say(ctx, wording.tokenTaken(removed));
  await ctx.replyWithChatAction("typing");
  const finding = await options.inspectBotToken(token);
  const problem = toProblem(options, ctx, finding);
  if (problem !== null) return say(ctx, problem);
  if (finding.kind !== "ok") return;
  writeDraftBot(store, draft.userId, { id: finding.botId, username: finding.username }, token, clock.now());
  await say(ctx, wording.tokenFound(finding.username));
  if (draft.step === "token") return moveOn(options, ctx);
  const written = findDraft(store, draft.userId);
  if (written !== null) await askOpenQuestion(written, ctx);
}

function toProblem({ store }: BotOptions, ctx: BotContext, finding: BotTokenFinding) {
  switch (finding.kind) {
    case "refused":
      return wording.tokenProblem.refused();
    case "platform":
      return wording.tokenProblem.platform();
    case "webhook":
      return wording.tokenProblem.webhook(finding.host);
    case "busy":
      return wording.tokenProblem.busy();
    case "ok": {
      const owner = findCustomer(store, "botId", finding.botId);
      const isOwn = owner === null || owner.telegramUserId === toUserId(ctx);
      return isOwn ? null : wording.tokenProblem.taken();
    }
  }
}
