/** The settings table: single values that the platform remembers about itself. Nothing of a customer's. */
import type { Store } from "./database.ts";

export function readSetting(store: Pick<Store, "sql">, key: string): string | null {
  const row = store.sql("SELECT value FROM settings WHERE key = ?").get(key) as { value: Buffer } | undefined;
  return row === undefined ? null : row.value.toString("utf8");
}

export function writeSetting(store: Store, key: string, value: string): void {
  store
    .sql("INSERT INTO settings (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value")
    .run(key, Buffer.from(value, "utf8"));
}
