/** The observed half of the assistants table, with the cell's port and keys: the assistant loop's own writing. */
import { randomBytes, randomUUID } from "node:crypto";
import type { AssistantCause } from "#src/domain/progress.ts";
import { Secret } from "#src/domain/secret.ts";
import { hashVirtualKey } from "#src/domain/virtual-key.ts";
import type { Store } from "./database.ts";
import { toText, toTime } from "./row.ts";

export type AssistantStatus = {
  observedGeneration: number;
  cause: AssistantCause;
  causeSince: Date;
  /** The attempt whose cell is the right one; null before there was any. */
  attempt: string | null;
};

/** What a cell needs of its own, once reserved: a port and two keys. */
export type Reservation = { port: number; gatewayToken: Secret; modelKey: Secret };

type Row = {
  observed_generation: number;
  cause: AssistantCause;
  cause_since: string;
  attempt: string | null;
  gateway_token_sealed: Buffer | null;
  model_key_sealed: Buffer | null;
  port: number | null;
};

const SELECT = `SELECT a.*, p.port FROM assistants AS a LEFT JOIN port_allocations AS p USING (customer_id)
  WHERE a.customer_id = ?`;

/** Null when nobody has asked for an assistant. */
export function findAssistantStatus(store: Pick<Store, "sql">, customerId: string): AssistantStatus | null {
  const row = store.sql(SELECT).get(customerId) as Row | undefined;
  if (row === undefined) return null;
  return {
    observedGeneration: row.observed_generation,
    cause: row.cause,
    causeSince: toTime(row.cause_since),
    attempt: row.attempt,
  };
}

export function findReservation(store: Store, customerId: string): Reservation | null {
  const row = store.sql(SELECT).get(customerId) as Row | undefined;
  if (!row || row.port === null || row.gateway_token_sealed === null || row.model_key_sealed === null) return null;
  return {
    port: row.port,
    gatewayToken: store.sealer.unseal(row.gateway_token_sealed, `gateway:${customerId}`),
    modelKey: store.sealer.unseal(row.model_key_sealed, `model:${customerId}`),
  };
}

export function listPorts(store: Pick<Store, "sql">): number[] {
  return (store.sql("SELECT port FROM port_allocations").all() as { port: number }[]).map((row) => row.port);
}

/**
 * Takes the port and makes the cell's keys, in one transaction. A port that another customer took meanwhile makes it throw
 * SQLite's constraint error: look again. Keys that are there already stay, so that only the port changes.
 */
export function reserve(store: Store, customerId: string, port: number, gatewayTokenPrefix: string, now: Date): void {
  store.transaction(() => {
    store.sql("DELETE FROM port_allocations WHERE customer_id = ?").run(customerId);
    store
      .sql("INSERT INTO port_allocations (port, customer_id, allocated_at) VALUES (?, ?, ?)")
      .run(port, customerId, toText(now));
    const known = store
      .sql("SELECT 1 FROM assistants WHERE customer_id = ? AND gateway_token_sealed IS NOT NULL")
      .get(customerId);
    if (known !== undefined) return;
    const gatewayToken = new Secret(`${gatewayTokenPrefix}${randomBytes(32).toString("base64url")}`);
    const modelKey = new Secret(`blytz_vk_${randomBytes(32).toString("base64url")}`);
    store
      .sql("UPDATE assistants SET gateway_token_sealed = ?, model_key_sealed = ? WHERE customer_id = ?")
      .run(
        store.sealer.seal(gatewayToken, `gateway:${customerId}`),
        store.sealer.seal(modelKey, `model:${customerId}`),
        customerId,
      );
    store
      .sql("INSERT INTO virtual_keys (key_hash, customer_id, created_at) VALUES (?, ?, ?)")
      .run(hashVirtualKey(modelKey), customerId, toText(now));
  });
}

/** Persists which attempt is about to be made, before the runtime is asked. Gives its id. */
export function beginAttempt(store: Store, customerId: string): string {
  const attempt = randomUUID();
  store.sql("UPDATE assistants SET attempt = ? WHERE customer_id = ?").run(attempt, customerId);
  return attempt;
}

/** Stores how far the assistant is; `causeSince` moves only when the cause changes. True when anything changed. */
export function writeAssistantStatus(
  store: Store,
  customerId: string,
  status: { cause: AssistantCause; observedGeneration: number },
  now: Date,
): boolean {
  const result = store
    .sql(`UPDATE assistants SET cause_since = CASE WHEN cause = @cause THEN cause_since ELSE @now END, cause = @cause,
            observed_generation = @observedGeneration
          WHERE customer_id = @customerId AND (cause <> @cause OR observed_generation <> @observedGeneration)`)
    .run({ customerId, ...status, now: toText(now) });
  return result.changes > 0;
}
