/** The conversation_state table: the conversations' replay logs, disposable, as text. It does not look into them. */
import type { Store } from "./database.ts";
import { toText } from "./row.ts";

export function readConversationState(store: Pick<Store, "sql">, key: string): string | null {
  const row = store.sql("SELECT value FROM conversation_state WHERE key = ?").get(key) as { value: string } | undefined;
  return row?.value ?? null;
}

export function writeConversationState(store: Store, key: string, value: string, now: Date): void {
  store
    .sql(`INSERT INTO conversation_state (key, value, updated_at) VALUES (?, ?, ?)
          ON CONFLICT (key) DO UPDATE SET value = excluded.value, updated_at = excluded.updated_at`)
    .run(key, value, toText(now));
}

export function deleteConversationState(store: Store, key: string): void {
  store.sql("DELETE FROM conversation_state WHERE key = ?").run(key);
}
