/** The outbox: messages that must be said. Anyone inserts, in the transaction of what it tells; the messages loop sends. */
import type { ChatMessage } from "#src/domain/ports/messenger.ts";
import type { Store } from "./database.ts";
import { toText } from "./row.ts";

export type OutboxMessage = { id: number; chatId: number; message: ChatMessage };

/** A `dedupeKey` that is there already: no effect, so the same news is told once. */
export function tell(store: Store, chatId: number, dedupeKey: string, message: ChatMessage, now: Date): void {
  store
    .sql(`INSERT INTO outbox (dedupe_key, chat_id, message, created_at) VALUES (?, ?, ?, ?)
          ON CONFLICT (dedupe_key) DO NOTHING`)
    .run(dedupeKey, chatId, JSON.stringify(message), toText(now));
}

/** The oldest message of the chat that is not sent; messages to one chat keep their order. */
export function findNextMessage(store: Pick<Store, "sql">, chatId: number): OutboxMessage | null {
  const row = store
    .sql(`SELECT id, chat_id, message FROM outbox WHERE chat_id = ? AND sent_at IS NULL AND dropped IS NULL
          ORDER BY id LIMIT 1`)
    .get(chatId) as { id: number; chat_id: number; message: string } | undefined;
  return row === undefined
    ? null
    : { id: row.id, chatId: row.chat_id, message: JSON.parse(row.message) as ChatMessage };
}

export function listWaitingChats(store: Pick<Store, "sql">): number[] {
  const rows = store.sql("SELECT DISTINCT chat_id FROM outbox WHERE sent_at IS NULL AND dropped IS NULL").all() as {
    chat_id: number;
  }[];
  return rows.map((row) => row.chat_id);
}

export function finishMessage(store: Store, id: number, messageId: number, now: Date): void {
  store.sql("UPDATE outbox SET sent_at = ?, message_id = ? WHERE id = ?").run(toText(now), messageId, id);
}

/** It can never be sent: the person blocked the bot, or Telegram refuses the text. */
export function dropMessage(store: Store, id: number, why: string): void {
  store.sql("UPDATE outbox SET dropped = ? WHERE id = ?").run(why, id);
}
