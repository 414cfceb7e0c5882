/** Which attempts hold a seat, and for how long a checkout page extends it. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { type CheckoutAttempt, HOLD_MINUTES, isLive, toCheckoutTimes } from "#src/domain/checkout-attempt.ts";
import { addMinutes } from "#src/domain/clock.ts";

const NOW = new Date("2026-02-18T10:30:00Z");
const ATTEMPT: CheckoutAttempt = {
  id: "a",
  customerId: "ada",
  state: "offered",
  holdUntil: NOW,
  expiresAt: null,
  sessionId: null,
  url: null,
  givenBack: false,
  createdAt: NOW,
};

test("an attempt is live until it was paid or released", () => {
  const states = ["offered", "wanted", "open", "complete", "released"] as const;
  assert.deepEqual(
    states.map((state) => isLive({ ...ATTEMPT, state })),
    [true, true, true, false, false],
  );
  assert.equal(isLive({ ...ATTEMPT, givenBack: true }), true, "billing still has to close what can be paid");
});

test("a page stays open for 31 minutes, more than the 30 that Stripe wants", () => {
  assert.deepEqual(toCheckoutTimes(NOW, NOW).expiresAt, addMinutes(NOW, 31));
});

test("the seat outlives the page by ten minutes", () => {
  assert.deepEqual(toCheckoutTimes(NOW, addMinutes(NOW, 5)).holdUntil, addMinutes(NOW, 41));
});

test("opening the page never shortens a hold", () => {
  const heldUntil = addMinutes(NOW, HOLD_MINUTES);
  assert.deepEqual(toCheckoutTimes(NOW, heldUntil).holdUntil, heldUntil);
});
