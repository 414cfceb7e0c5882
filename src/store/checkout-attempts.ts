/** The checkout_attempts table, and the count of seats that it and the customers make up. */
import { randomUUID } from "node:crypto";
import { type CheckoutAttempt, HOLD_MINUTES } from "#src/domain/checkout-attempt.ts";
import { addMinutes } from "#src/domain/clock.ts";
import type { CheckoutSession } from "#src/domain/ports/payments.ts";
import type { Store } from "./database.ts";
import { toOptionalTime, toText, toTime } from "./row.ts";

type Row = {
  id: string;
  customer_id: string;
  state: CheckoutAttempt["state"];
  hold_until: string;
  expires_at: string | null;
  session_id: string | null;
  url: string | null;
  given_back: number;
  created_at: string;
};

type Reading = Pick<Store, "sql">;

/** The attempt that holds the customer's seat, or null. */
export function findLiveAttempt(store: Reading, customerId: string): CheckoutAttempt | null {
  const row = store
    .sql("SELECT * FROM checkout_attempts WHERE customer_id = ? AND state IN ('offered', 'wanted', 'open')")
    .get(customerId) as Row | undefined;
  return row === undefined ? null : toAttempt(row);
}

export function findAttemptBySession(store: Reading, sessionId: string): CheckoutAttempt | null {
  const row = store.sql("SELECT * FROM checkout_attempts WHERE session_id = ?").get(sessionId) as Row | undefined;
  return row === undefined ? null : toAttempt(row);
}

/** The attempts that hold a seat now. */
export function listLiveAttempts(store: Reading): CheckoutAttempt[] {
  const rows = store.sql("SELECT * FROM checkout_attempts WHERE state IN ('offered', 'wanted', 'open')").all() as Row[];
  return rows.map(toAttempt);
}

/** Customers served or kept, and seats held for those who may still pay. */
export function countSeats(store: Reading): number {
  const row = store
    .sql(`SELECT (SELECT count(*) FROM customers WHERE status IN ('provisioning', 'active', 'suspended')) +
                 (SELECT count(*) FROM checkout_attempts AS a JOIN customers AS c ON c.id = a.customer_id
                   WHERE a.state IN ('offered', 'wanted', 'open') AND c.status = 'pending') AS seats`)
    .get() as { seats: number };
  return row.seats;
}

/**
 * Holds a seat and gives its attempt: the one that is live already, or a new one. Null when all seats are taken.
 * One transaction, so that any number of people at once get no more seats than there are.
 */
export function holdSeat(store: Store, customerId: string, maxCustomers: number, now: Date): CheckoutAttempt | null {
  return store.transaction(() => {
    const live = findLiveAttempt(store, customerId);
    if (live !== null) return live;
    if (countSeats(store) >= maxCustomers) return null;
    store
      .sql(
        "INSERT INTO checkout_attempts (id, customer_id, state, hold_until, created_at) VALUES (?, ?, 'offered', ?, ?)",
      )
      .run(randomUUID(), customerId, toText(addMinutes(now, HOLD_MINUTES)), toText(now));
    return findLiveAttempt(store, customerId);
  });
}

/** The pay button was pressed; billing opens the page. False for an attempt that is further already. */
export function wantCheckout(store: Store, attemptId: string): boolean {
  const result = store
    .sql("UPDATE checkout_attempts SET state = 'wanted' WHERE id = ? AND state = 'offered'")
    .run(attemptId);
  return result.changes > 0;
}

/** Kept before Stripe is asked, so that asking again is the same request. */
export function recordCheckoutTimes(
  store: Store,
  attemptId: string,
  times: { expiresAt: Date; holdUntil: Date },
): void {
  store
    .sql("UPDATE checkout_attempts SET expires_at = ?, hold_until = ? WHERE id = ? AND expires_at IS NULL")
    .run(toText(times.expiresAt), toText(times.holdUntil), attemptId);
}

/** No page came of the planned times: others are to be planned. */
export function forgetCheckoutTimes(store: Store, attemptId: string): void {
  store.sql("UPDATE checkout_attempts SET expires_at = NULL WHERE id = ? AND session_id IS NULL").run(attemptId);
}

export function recordOpenSession(store: Store, attemptId: string, session: CheckoutSession): void {
  store
    .sql("UPDATE checkout_attempts SET state = 'open', session_id = ?, url = ? WHERE id = ? AND state = 'wanted'")
    .run(session.id, session.url, attemptId);
}

/** The person gives the seat back: billing closes what can still be paid, then frees it. */
export function endHold(store: Store, attemptId: string, now: Date): void {
  store
    .sql(
      "UPDATE checkout_attempts SET hold_until = ?, given_back = 1 WHERE id = ? AND state IN ('offered', 'wanted', 'open')",
    )
    .run(toText(now), attemptId);
}

/** `complete`: paid, the entitlement holds the seat now. `released`: nothing can be paid any more, the seat is free. */
export function finishAttempt(store: Store, attemptId: string, state: "complete" | "released"): void {
  store
    .sql("UPDATE checkout_attempts SET state = ? WHERE id = ? AND state IN ('offered', 'wanted', 'open')")
    .run(state, attemptId);
}

function toAttempt(row: Row): CheckoutAttempt {
  return {
    id: row.id,
    customerId: row.customer_id,
    state: row.state,
    holdUntil: toTime(row.hold_until),
    expiresAt: toOptionalTime(row.expires_at),
    sessionId: row.session_id,
    url: row.url,
    givenBack: row.given_back === 1,
    createdAt: toTime(row.created_at),
  };
}
