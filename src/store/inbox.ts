/**
 * The inbox_updates table: Telegram's updates, stored before they are confirmed. Bodies are sealed like tokens, since
 * people paste tokens, and emptied when done. It knows nothing of what an update means.
 */
import type { Secret } from "#src/domain/secret.ts";
import type { Store } from "./database.ts";
import { toText } from "./row.ts";

export type StoredUpdate = { updateId: number; lane: string; body: Secret; attempts: number };

const EMPTY = Buffer.alloc(0);

/** The whole batch in one transaction; an update that is there already has no effect. Gives the lanes that got something. */
export function storeUpdates(
  store: Store,
  updates: readonly { updateId: number; lane: string; body: Secret }[],
  now: Date,
): Set<string> {
  const lanes = new Set<string>();
  store.transaction(() => {
    for (const { updateId, lane, body } of updates) {
      const result = store
        .sql(`INSERT INTO inbox_updates (update_id, lane, body_sealed, received_at) VALUES (?, ?, ?, ?)
              ON CONFLICT (update_id) DO NOTHING`)
        .run(updateId, lane, store.sealer.seal(body, `update:${updateId}`), toText(now));
      if (result.changes > 0) lanes.add(lane);
    }
  });
  return lanes;
}

/** The lane's oldest update that is not done. */
export function findNextUpdate(store: Store, lane: string): StoredUpdate | null {
  const row = store
    .sql(`SELECT update_id, body_sealed, attempts FROM inbox_updates WHERE lane = ? AND state = 'stored'
          ORDER BY update_id LIMIT 1`)
    .get(lane) as { update_id: number; body_sealed: Buffer; attempts: number } | undefined;
  if (row === undefined) return null;
  const body = store.sealer.unseal(row.body_sealed, `update:${row.update_id}`);
  return { updateId: row.update_id, lane, body, attempts: row.attempts };
}

export function listWaitingLanes(store: Pick<Store, "sql">): string[] {
  const rows = store.sql("SELECT DISTINCT lane FROM inbox_updates WHERE state = 'stored'").all() as { lane: string }[];
  return rows.map((row) => row.lane);
}

/** Counted before the handling, so that an update that kills the process does not do so for ever. */
export function countAttempt(store: Store, updateId: number): void {
  store.sql("UPDATE inbox_updates SET attempts = attempts + 1 WHERE update_id = ?").run(updateId);
}

/**
 * What failed for want of Telegram is no fault of the update and does not count against it; that it was begun stays known.
 */
export function forgiveAttempts(store: Store, updateId: number): void {
  store.sql("UPDATE inbox_updates SET attempts = min(attempts, 1) WHERE update_id = ?").run(updateId);
}

/** Whether an earlier attempt was begun, so that some of its effects may be there already. */
export function isRepeated(store: Pick<Store, "sql">, updateId: number): boolean {
  return (
    store.sql("SELECT 1 FROM inbox_updates WHERE update_id = ? AND attempts > 1 AND state = 'stored'").get(updateId) !==
    undefined
  );
}

/** `dead`: given up, after an error that trying again does not mend. Either way the body is gone. */
export function finishUpdate(store: Store, updateId: number, state: "done" | "dead", now: Date): void {
  store
    .sql("UPDATE inbox_updates SET state = ?, body_sealed = ?, done_at = ? WHERE update_id = ?")
    .run(state, EMPTY, toText(now), updateId);
}

/** Telegram starts its numbers anew after a week of silence, so a number is remembered no longer than that. */
export function pruneUpdates(store: Store, doneBefore: Date): void {
  store.sql("DELETE FROM inbox_updates WHERE state <> 'stored' AND done_at < ?").run(toText(doneBefore));
}
