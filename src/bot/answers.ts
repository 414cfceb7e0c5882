/** What people send when no conversation waits for it, and what is no text: each gets one plain answer. */
import type { Composer } from "grammy";
import type { BotContext } from "#conversations/context.ts";
import * as wording from "#conversations/wording.ts";
import { findDraft } from "#src/store/drafts.ts";
import type { BotOptions } from "./options.ts";
import { replacePiece, sayWithQuestion, takePiece, takeText, toUserId } from "./questions.ts";
import { say } from "./say.ts";
import { readTextFile } from "./text-file.ts";
import { takeToken } from "./token-step.ts";
import { findTokens } from "./token-texts.ts";
import { waitForAnswer } from "./wait-for-answer.ts";

export function addAnswers(person: Composer<BotContext>, options: BotOptions): void {
  const isNewOfAlbum = createAlbums();
  // A text that no conversation waited for (after a restart, say) is the answer to the open question all the same.
  person.on("message:text", async (ctx) => {
    await takeText(options, ctx);
    await waitForAnswer(options, ctx);
  });
  person.on("edited_message:text", (ctx) => replacePiece(options, ctx));
  person.on("message:document", (ctx, next) => takeFile(options, ctx, next));
  // What Telegram itself notes in a chat is nobody's message to us.
  person.on(["message:pinned_message", "message:message_auto_delete_timer_changed"], () => {});
  person.on("message", async (ctx) => {
    if (isNewOfAlbum(ctx)) await sayWithQuestion(options, ctx, wording.textOnly());
  });
}

async function takeFile(options: BotOptions, ctx: BotContext, next: () => Promise<void>): Promise<void> {
  if (findDraft(options.store, toUserId(ctx))?.step !== "instructions") return next();
  const text = await readTextFile(options, ctx);
  if (text === null) return say(ctx, wording.fileUnreadable());
  const tokens = findTokens({ text });
  if (tokens.length > 0) return takeToken(options, ctx, tokens);
  await takePiece(options, ctx, { messageId: ctx.message?.message_id ?? 0, text });
}

const REMEMBERED = 200;

/** An album comes as many messages and gets one answer. Remembered for a while only: a second answer harms nobody. */
function createAlbums(): (ctx: BotContext) => boolean {
  const seen = new Set<string>();
  return (ctx) => {
    const id = ctx.message?.media_group_id;
    if (id === undefined) return true;
    const isNew = !seen.has(id);
    seen.add(id);
    for (const oldest of seen) {
      if (seen.size <= REMEMBERED) break;
      seen.delete(oldest);
    }
    return isNew;
  };
}
