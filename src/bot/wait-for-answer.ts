/** Keeps the conversation that waits in step with the draft's open question. Only where conversations are registered already. */
import type { BotContext } from "#conversations/context.ts";
import { findDraft } from "#src/store/drafts.ts";
import type { BotOptions } from "./options.ts";
import { toUserId } from "./questions.ts";

/** Enters the conversation of the open question, unless it is waiting already. */
export async function waitForAnswer({ store }: BotOptions, ctx: BotContext): Promise<void> {
  const step = findDraft(store, toUserId(ctx))?.step;
  const wanted = step === "name" || step === "instructions" ? step : null;
  if (wanted !== null && ctx.conversation.active(wanted) > 0) return;
  await ctx.conversation.exitAll();
  if (wanted !== null) await ctx.conversation.enter(wanted);
}
