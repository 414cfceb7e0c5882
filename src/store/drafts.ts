/** The drafts table: onboarding's truth. The bot token in it is sealed, bound to the person. */
import type { Draft, DraftStep, InstructionPiece } from "#src/domain/draft.ts";
import type { Secret } from "#src/domain/secret.ts";
import type { Store } from "./database.ts";
import { toText } from "./row.ts";

type Row = {
  user_id: number;
  chat_id: number;
  step: DraftStep;
  name: string | null;
  instructions: string;
  bot_id: number | null;
  bot_username: string | null;
  bot_token_sealed: Buffer | null;
};

export function findDraft(store: Pick<Store, "sql">, userId: number): Draft | null {
  const row = store.sql("SELECT * FROM drafts WHERE user_id = ?").get(userId) as Row | undefined;
  if (row === undefined) return null;
  return {
    userId: row.user_id,
    chatId: row.chat_id,
    step: row.step,
    name: row.name,
    instructions: JSON.parse(row.instructions) as InstructionPiece[],
    bot: row.bot_id === null || row.bot_username === null ? null : { id: row.bot_id, username: row.bot_username },
  };
}

/** Creates or replaces what the person told us; the bot and its token have functions of their own. */
export function writeDraft(store: Store, draft: Omit<Draft, "bot">, now: Date): void {
  store
    .sql(`INSERT INTO drafts (user_id, chat_id, step, name, instructions, created_at, updated_at)
          VALUES (@userId, @chatId, @step, @name, @instructions, @now, @now)
          ON CONFLICT (user_id) DO UPDATE SET chat_id = excluded.chat_id, step = excluded.step, name = excluded.name,
            instructions = excluded.instructions, updated_at = excluded.updated_at`)
    .run({
      userId: draft.userId,
      chatId: draft.chatId,
      step: draft.step,
      name: draft.name,
      instructions: JSON.stringify(draft.instructions),
      now: toText(now),
    });
}

export function writeDraftBot(
  store: Store,
  userId: number,
  bot: { id: number; username: string },
  token: Secret,
  now: Date,
) {
  store
    .sql("UPDATE drafts SET bot_id = ?, bot_username = ?, bot_token_sealed = ?, updated_at = ? WHERE user_id = ?")
    .run(bot.id, bot.username, store.sealer.seal(token, `draft:${userId}`), toText(now), userId);
}

/** Null when the person has given none yet. */
export function readDraftToken(store: Store, userId: number): Secret | null {
  const row = store.sql("SELECT bot_token_sealed FROM drafts WHERE user_id = ?").get(userId) as
    | Pick<Row, "bot_token_sealed">
    | undefined;
  const sealed = row?.bot_token_sealed ?? null;
  return sealed === null ? null : store.sealer.unseal(sealed, `draft:${userId}`);
}

export function deleteDraft(store: Store, userId: number): void {
  store.sql("DELETE FROM drafts WHERE user_id = ?").run(userId);
}
