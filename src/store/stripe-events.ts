/** The stripe_events table: which events were received, and whose. What an event says is never kept; Stripe is asked. */
import type { Store } from "./database.ts";
import { toText } from "./row.ts";

/** False when the event was recorded before: a repeated delivery. */
export function recordStripeEvent(
  store: Store,
  event: { id: string; type: string; customerId: string | null },
  now: Date,
): boolean {
  const result = store
    .sql(`INSERT INTO stripe_events (id, type, customer_id, received_at, done_at) VALUES (?, ?, ?, ?, ?)
          ON CONFLICT (id) DO NOTHING`)
    .run(event.id, event.type, event.customerId, toText(now), event.customerId === null ? toText(now) : null);
  return result.changes > 0;
}

/** The customer's events that billing has not looked at yet. */
export function listOpenEvents(store: Pick<Store, "sql">, customerId: string): string[] {
  const rows = store
    .sql("SELECT id FROM stripe_events WHERE customer_id = ? AND done_at IS NULL ORDER BY received_at, id")
    .all(customerId) as { id: string }[];
  return rows.map((row) => row.id);
}

/** Those that were seen before the look at Stripe; one that arrived since stays open and is looked at again. */
export function finishEvents(store: Store, ids: readonly string[], now: Date): void {
  for (const id of ids) {
    store.sql("UPDATE stripe_events SET done_at = ? WHERE id = ? AND done_at IS NULL").run(toText(now), id);
  }
}

export function listCustomersWithOpenEvents(store: Pick<Store, "sql">): string[] {
  const rows = store
    .sql("SELECT DISTINCT customer_id FROM stripe_events WHERE customer_id IS NOT NULL AND done_at IS NULL")
    .all() as { customer_id: string }[];
  return rows.map((row) => row.customer_id);
}
