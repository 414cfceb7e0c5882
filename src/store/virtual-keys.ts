/** Reading the virtual_keys table, for the model gateway: whose key is this. Keys are made with the cell's reservation. */
import type { Store } from "./database.ts";

/** Null for a key that is unknown or revoked. */
export function findVirtualKey(store: Pick<Store, "sql">, keyHash: string): { customerId: string } | null {
  const row = store
    .sql("SELECT customer_id FROM virtual_keys WHERE key_hash = ? AND revoked_at IS NULL")
    .get(keyHash) as { customer_id: string } | undefined;
  return row === undefined ? null : { customerId: row.customer_id };
}
