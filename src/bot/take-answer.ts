/**
 * The effect that conversations are given: takes a text as the answer to the open question. What goes wrong is carried around
 * the conversation, not through it: the plugin replaces errors, and whether to try again is told by what they are.
 */
import type { Composer } from "grammy";
import type { BotContext, TakeAnswer } from "#conversations/context.ts";
import type { BotOptions } from "./options.ts";
import { takeText } from "./questions.ts";

/** Add it before the conversations that use what it gives. */
export function addTakeAnswer(person: Composer<BotContext>, options: BotOptions): TakeAnswer {
  const failures = new Map<number, unknown>();
  person.use(async (ctx, next) => {
    const id = ctx.update.update_id;
    await next();
    if (!failures.has(id)) return;
    const failure = failures.get(id);
    failures.delete(id);
    throw failure;
  });
  return async (ctx) => {
    try {
      return await takeText(options, ctx);
    } catch (error) {
      failures.set(ctx.update.update_id, error);
      // The conversation ends; the same text once more finds the open question by the draft.
      return "answered";
    }
  };
}
