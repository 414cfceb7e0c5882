/** Seats and attempts: never more holds than seats, one live attempt for each customer, and no step backwards. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { CheckoutAttempt } from "#src/domain/checkout-attempt.ts";
import { addMinutes } from "#src/domain/clock.ts";
import {
  countSeats,
  endHold,
  findAttemptBySession,
  findLiveAttempt,
  finishAttempt,
  holdSeat,
  listLiveAttempts,
  recordCheckoutTimes,
  recordOpenSession,
  wantCheckout,
} from "#src/store/checkout-attempts.ts";
import type { Store } from "#src/store/database.ts";
import { addCustomer, NOW, openCheckout, pay } from "#test/support/add-customer.ts";
import { startStoreChild } from "#test/support/start-store-child.ts";
import { openTemporaryStore } from "#test/support/temporary-store.ts";

const SESSION = { id: "cs_1", url: "https://x.example/cs_1#a" };
const LATER = addMinutes(NOW, 10);

const hold = (store: Store, customerId: string, seats = 20, now = NOW): CheckoutAttempt =>
  holdSeat(store, customerId, seats, now) ?? assert.fail("no seat is free");

test("a seat is held for 45 minutes from the moment the button is shown", async () => {
  await using temporary = openTemporaryStore();
  const { store } = temporary;
  const { id } = addCustomer(store);
  assert.equal(findLiveAttempt(store, id), null);
  const attempt = hold(store, id);
  assert.deepEqual(attempt, {
    id: attempt.id,
    customerId: id,
    state: "offered",
    holdUntil: addMinutes(NOW, 45),
    expiresAt: null,
    sessionId: null,
    url: null,
    givenBack: false,
    createdAt: NOW,
  });
  assert.deepEqual(findLiveAttempt(store, id), attempt);
  assert.deepEqual(listLiveAttempts(store), [attempt]);
});

test("holding again gives the attempt that is there, unchanged", async () => {
  await using temporary = openTemporaryStore();
  const { store } = temporary;
  const { id } = addCustomer(store);
  const attempt = hold(store, id, 1);
  assert.deepEqual(hold(store, id, 1, LATER), attempt);
  assert.deepEqual(hold(store, id, 0, LATER), attempt, "who holds a seat keeps it, even where there are fewer now");
});

test("forty people for three seats: three hold one", async () => {
  await using temporary = openTemporaryStore();
  const { store } = temporary;
  const ids = Array.from({ length: 40 }, (_, index) => addCustomer(store, index).id);
  const held = ids.filter((id) => holdSeat(store, id, 3, NOW) !== null);
  assert.deepEqual(held, ids.slice(0, 3));
  assert.equal(countSeats(store), 3);
});

test("forty people for three seats, from four processes at the same moment: three hold one", async () => {
  await using temporary = openTemporaryStore();
  const ids = Array.from({ length: 40 }, (_, index) => addCustomer(temporary.store, index).id);
  await using stack = new AsyncDisposableStack();
  const children = [0, 1, 2, 3].map((part) =>
    stack.use(startStoreChild("take-seats", temporary.path, "3", ...ids.filter((_, index) => index % 4 === part))),
  );
  for (const child of children) assert.equal(await child.readLine(), "ready");
  for (const child of children) child.go();
  const held = await Promise.all(children.map(async (child) => Number(await child.readLine())));
  assert.equal(
    held.reduce((sum, count) => sum + count),
    3,
  );
  assert.equal(countSeats(temporary.store), 3);
});

test("a seat counts while it is held, served or kept, and once for each customer", async () => {
  await using temporary = openTemporaryStore();
  const { store } = temporary;
  const { id } = addCustomer(store);
  assert.equal(countSeats(store), 0, "an order without a hold takes no seat");
  const attempt = hold(store, id);
  assert.equal(countSeats(store), 1);
  pay(store, id);
  assert.equal(countSeats(store), 1, "between paying and the attempt's end it is still one");
  finishAttempt(store, attempt.id, "complete");
  assert.equal(countSeats(store), 1);
  for (const [status, seats] of [
    ["active", 1],
    ["suspended", 1],
    ["cancelled", 0],
  ] as const) {
    store.sql("UPDATE customers SET status = ? WHERE id = ?").run(status, id);
    assert.equal(countSeats(store), seats, status);
  }
});

test("a released seat can be held by somebody else", async () => {
  await using temporary = openTemporaryStore();
  const { store } = temporary;
  const [first, second] = [addCustomer(store, 1), addCustomer(store, 2)];
  const attempt = hold(store, first.id, 1);
  assert.equal(holdSeat(store, second.id, 1, NOW), null);
  finishAttempt(store, attempt.id, "released");
  assert.equal(findLiveAttempt(store, first.id), null);
  assert.equal(hold(store, second.id, 1).customerId, second.id);
});

test("an attempt goes from offered to wanted to open, with what was asked of Stripe kept", async () => {
  await using temporary = openTemporaryStore();
  const { store } = temporary;
  const { id } = addCustomer(store);
  const attempt = hold(store, id);
  wantCheckout(store, attempt.id);
  assert.equal(findLiveAttempt(store, id)?.state, "wanted");
  const times = { expiresAt: addMinutes(NOW, 31), holdUntil: addMinutes(NOW, 45) };
  recordCheckoutTimes(store, attempt.id, times);
  recordCheckoutTimes(store, attempt.id, { expiresAt: addMinutes(NOW, 99), holdUntil: addMinutes(NOW, 99) });
  const stripe = { status: "open", paid: false, stripeCustomerId: null, subscriptionId: null } as const;
  recordOpenSession(store, attempt.id, { ...SESSION, ...stripe, expiresAt: times.expiresAt });
  recordOpenSession(store, attempt.id, { id: "cs_2", url: null, ...stripe, expiresAt: times.expiresAt });
  const open = { ...attempt, ...times, state: "open", sessionId: SESSION.id, url: SESSION.url };
  assert.deepEqual(findLiveAttempt(store, id), open);
  assert.deepEqual(findAttemptBySession(store, SESSION.id), open);
  assert.equal(findAttemptBySession(store, "cs_2"), null);
});

test("pressing the button again does not bring an open attempt back to wanted", async () => {
  await using temporary = openTemporaryStore();
  const { store } = temporary;
  const { id } = addCustomer(store);
  const attemptId = openCheckout(store, id, SESSION);
  wantCheckout(store, attemptId);
  assert.equal(findLiveAttempt(store, id)?.state, "open");
});

test("a session is never recorded for an attempt that nobody wanted", async () => {
  await using temporary = openTemporaryStore();
  const { store } = temporary;
  const attempt = hold(store, addCustomer(store).id);
  const stripe = { status: "open", paid: false, stripeCustomerId: null, subscriptionId: null, expiresAt: NOW } as const;
  recordOpenSession(store, attempt.id, { ...SESSION, ...stripe });
  assert.equal(findAttemptBySession(store, SESSION.id), null);
});

test("a hold that is given back ends now, and stays live until billing frees it", async () => {
  await using temporary = openTemporaryStore();
  const { store } = temporary;
  const { id } = addCustomer(store);
  const attemptId = openCheckout(store, id, SESSION);
  endHold(store, attemptId, LATER);
  const attempt = findLiveAttempt(store, id) ?? assert.fail("no attempt");
  assert.deepEqual([attempt.holdUntil, attempt.givenBack, attempt.state], [LATER, true, "open"]);
  assert.equal(countSeats(store), 1);
});

test("a finished attempt stays as it ended, and is still found by its session", async () => {
  await using temporary = openTemporaryStore();
  const { store } = temporary;
  const { id } = addCustomer(store);
  const attemptId = openCheckout(store, id, SESSION);
  finishAttempt(store, attemptId, "complete");
  const ended = findAttemptBySession(store, SESSION.id);
  finishAttempt(store, attemptId, "released");
  endHold(store, attemptId, LATER);
  wantCheckout(store, attemptId);
  assert.equal(ended?.state, "complete");
  assert.deepEqual(findAttemptBySession(store, SESSION.id), ended);
  assert.deepEqual(listLiveAttempts(store), []);
});

test("the table itself refuses a second live attempt for one customer", async () => {
  await using temporary = openTemporaryStore();
  const { store } = temporary;
  const { id } = addCustomer(store);
  hold(store, id);
  const twin =
    "INSERT INTO checkout_attempts (id, customer_id, state, hold_until, created_at) VALUES ('x', ?, 'wanted', 'a', 'b')";
  assert.throws(() => store.sql(twin).run(id), /UNIQUE/);
});
