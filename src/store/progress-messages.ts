/** The progress_messages table: the one message per order that is edited in place while the assistant comes alive. */
import type { Store } from "./database.ts";
import { toOptionalTime, toText } from "./row.ts";

export type ProgressMessage = {
  id: string;
  customerId: string;
  chatId: number;
  /** Null until it was sent. */
  messageId: number | null;
  /** The text that the chat shows now. */
  shown: string | null;
  shownAt: Date | null;
  finished: boolean;
};

type Row = {
  id: string;
  customer_id: string;
  chat_id: number;
  message_id: number | null;
  shown: string | null;
  shown_at: string | null;
  finished: number;
};

/** One for each order; the same id again has no effect. */
export function beginProgressMessage(
  store: Store,
  message: { id: string; customerId: string; chatId: number },
  now: Date,
): void {
  store
    .sql(`INSERT INTO progress_messages (id, customer_id, chat_id, created_at) VALUES (?, ?, ?, ?)
          ON CONFLICT (id) DO NOTHING`)
    .run(message.id, message.customerId, message.chatId, toText(now));
}

export function findProgressMessage(store: Pick<Store, "sql">, id: string): ProgressMessage | null {
  const row = store.sql("SELECT * FROM progress_messages WHERE id = ?").get(id) as Row | undefined;
  return row === undefined ? null : toProgressMessage(row);
}

/** Those that may still change, of one customer or of all. */
export function listLiveProgressMessages(store: Pick<Store, "sql">, customerId?: string): ProgressMessage[] {
  const rows = store
    .sql("SELECT * FROM progress_messages WHERE finished = 0 AND customer_id = coalesce(?, customer_id)")
    .all(customerId ?? null) as Row[];
  return rows.map(toProgressMessage);
}

export function recordShown(
  store: Store,
  id: string,
  shown: { messageId: number; text: string; finished: boolean },
  now: Date,
): void {
  store
    .sql("UPDATE progress_messages SET message_id = ?, shown = ?, shown_at = ?, finished = ? WHERE id = ?")
    .run(shown.messageId, shown.text, toText(now), shown.finished ? 1 : 0, id);
}

/** The message was deleted in the chat: a new one is to be sent. */
export function forgetShown(store: Store, id: string): void {
  store.sql("UPDATE progress_messages SET message_id = NULL, shown = NULL, shown_at = NULL WHERE id = ?").run(id);
}

/** Nobody can see it any more (the bot is blocked). */
export function endProgressMessage(store: Store, id: string): void {
  store.sql("UPDATE progress_messages SET finished = 1 WHERE id = ?").run(id);
}

function toProgressMessage(row: Row): ProgressMessage {
  return {
    id: row.id,
    customerId: row.customer_id,
    chatId: row.chat_id,
    messageId: row.message_id,
    shown: row.shown,
    shownAt: toOptionalTime(row.shown_at),
    finished: row.finished === 1,
  };
}
