/** The audit log: who did what to a customer and why. Whoever acts writes it in the same transaction. */
import type { Store } from "./database.ts";
import { toText } from "./row.ts";

export type AuditEntry = { action: string; actor: string; cause: string | null; createdAt: string };

export function writeAudit(
  store: Store,
  customerId: string,
  entry: { action: string; actor: "customer" | "billing" | "assistant"; cause?: string },
  now: Date,
): void {
  store
    .sql("INSERT INTO audit_log (customer_id, action, actor, cause, created_at) VALUES (?, ?, ?, ?, ?)")
    .run(customerId, entry.action, entry.actor, entry.cause ?? null, toText(now));
}

/** Whether it was done since then. */
export function hasAudit(store: Pick<Store, "sql">, customerId: string, action: string, since: Date): boolean {
  return (
    store
      .sql("SELECT 1 FROM audit_log WHERE customer_id = ? AND action = ? AND created_at >= ? LIMIT 1")
      .get(customerId, action, toText(since)) !== undefined
  );
}

export function listAudit(store: Pick<Store, "sql">, customerId: string): AuditEntry[] {
  return store
    .sql(`SELECT action, actor, cause, created_at AS createdAt FROM audit_log WHERE customer_id = ? ORDER BY id`)
    .all(customerId) as AuditEntry[];
}
