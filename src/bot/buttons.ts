/** What pressing a button does. Each press is answered first, so that no button keeps turning, and an old one says so. */
import { type Composer, GrammyError } from "grammy";
import type { BotContext } from "#conversations/context.ts";
import * as wording from "#conversations/wording.ts";
import { findDraft } from "#src/store/drafts.ts";
import { isRepeated } from "#src/store/inbox.ts";
import type { BotOptions } from "./options.ts";
import { changeOrder, confirm, showStatus } from "./order.ts";
import {
  askOpenQuestion,
  clearInstructions,
  finishInstructions,
  moveOn,
  sayWithQuestion,
  takeName,
  toUserId,
} from "./questions.ts";
import { say } from "./say.ts";
import { waitForAnswer } from "./wait-for-answer.ts";

export function addButtons(person: Composer<BotContext>, options: BotOptions): void {
  person.on("callback_query:data", async (ctx) => {
    await answerPress(ctx);
    await press(options, ctx, ctx.callbackQuery.data);
    await waitForAnswer(options, ctx);
  });
}

async function press(options: BotOptions, ctx: BotContext, action: string): Promise<void> {
  const [kind = "", value = ""] = action.split(/:(.*)/s);
  const draft = findDraft(options.store, toUserId(ctx));
  if (kind === "confirm") return confirm(options, ctx);
  if (kind === "change") return changeOrder(options, ctx);
  if (draft === null) return showStatus(options, ctx);
  if (kind === "name" && draft.step === "name") return takeName(options, ctx, value);
  if (kind === "examples") return say(ctx, wording.examples());
  if (kind === "done" && draft.step === "instructions") return finishInstructions(options, ctx);
  if (kind === "clear" && draft.step === "instructions") return clearInstructions(options, ctx);
  if (kind === "edit" && draft.step === "review" && isEditable(value)) return moveOn(options, ctx, { step: value });
  // The press may have done its work before we were killed: then only the question is missing.
  if (isRepeated(options.store, ctx.update.update_id)) return askOpenQuestion(draft, ctx);
  await sayWithQuestion(options, ctx, wording.staleButton());
}

function isEditable(step: string): step is "name" | "instructions" | "token" {
  return step === "name" || step === "instructions" || step === "token";
}

/** Telegram forgets a press after a few minutes; the press still counts then. */
async function answerPress(ctx: BotContext): Promise<void> {
  try {
    await ctx.answerCallbackQuery();
  } catch (error) {
    if (!(error instanceof GrammyError && error.error_code === 400)) throw error;
  }
}
