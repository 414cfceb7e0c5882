/** The billing loop's decisions, each from one look at our rows and Stripe's word. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { CheckoutAttempt } from "#src/domain/checkout-attempt.ts";
import type { Customer } from "#src/domain/customer.ts";
import type { CheckoutSession, Subscription } from "#src/domain/ports/payments.ts";
import { type BillingObserved, nextBillingStep } from "#src/provisioner/billing-step.ts";

const now = new Date("2026-11-23T12:00:00Z");
const inMinutes = (minutes: number): Date => new Date(now.getTime() + minutes * 60_000);

function customerWith(changed: Partial<Customer> = {}): Customer {
  return {
    id: "alexbot",
    telegramUserId: 1001,
    chatId: 1001,
    botId: 7,
    botUsername: "alexbot",
    assistantName: "Alex",
    status: "pending",
    payToken: "t",
    entitlement: "none",
    paidUntil: null,
    stripeCustomerId: "cus_1",
    stripeSubscriptionId: null,
    subscriptionStatus: null,
    createdAt: now,
    paidAt: null,
    servedAt: null,
    ...changed,
  };
}

function attemptWith(changed: Partial<CheckoutAttempt> = {}): CheckoutAttempt {
  return {
    id: "at_1",
    customerId: "alexbot",
    state: "wanted",
    holdUntil: inMinutes(45),
    expiresAt: null,
    sessionId: null,
    url: null,
    givenBack: false,
    createdAt: now,
    ...changed,
  };
}

function sessionWith(changed: Partial<CheckoutSession> = {}): CheckoutSession {
  return {
    id: "cs_1",
    url: "https://checkout.example/cs_1",
    status: "open",
    paid: false,
    expiresAt: inMinutes(31),
    stripeCustomerId: "cus_1",
    subscriptionId: null,
    ...changed,
  };
}

const subscription: Subscription = { id: "sub_1", status: "active", currentPeriodEnd: inMinutes(60 * 24 * 30) };
const paidCustomer = customerWith({
  entitlement: "paid",
  status: "active",
  stripeSubscriptionId: "sub_1",
  subscriptionStatus: "active",
  paidUntil: subscription.currentPeriodEnd,
});
const open = { state: "open", sessionId: "cs_1", expiresAt: inMinutes(31) } as const;

function decide(changed: Partial<BillingObserved>): string {
  const usual = { customer: customerWith(), attempt: null, session: null, subscription: null, openEvents: [], now };
  const { step, cause } = nextBillingStep({ ...usual, ...changed });
  return `${step}: ${cause}`;
}

test("a pressed pay button leads to a customer, planned times, and a page, in that order", () => {
  const attempt = attemptWith();
  const unknown = customerWith({ stripeCustomerId: null });
  assert.equal(decide({ attempt, customer: unknown }), "create_stripe_customer: checkout_wanted");
  assert.equal(decide({ attempt }), "plan_session: checkout_wanted");
  assert.equal(decide({ attempt: attemptWith({ expiresAt: inMinutes(31) }) }), "create_session: checkout_wanted");
});

test("an open page that is not paid is waited for", () => {
  assert.equal(decide({ attempt: attemptWith(open), session: sessionWith() }), "wait: not_paid_yet");
});

test("only Stripe's paid session with its subscription grants the entitlement", () => {
  const attempt = attemptWith(open);
  const complete = sessionWith({ status: "complete", paid: true, subscriptionId: "sub_1" });
  assert.equal(decide({ attempt, session: complete, subscription }), "grant: paid");
  assert.equal(decide({ attempt, session: complete }), "wait: subscription_missing");
  const settling = sessionWith({ status: "complete", paid: false });
  assert.equal(decide({ attempt, session: settling, openEvents: [] }), "wait: payment_settling");
});

test("an event without anything changed at Stripe grants nothing and is ticked off", () => {
  const attempt = attemptWith(open);
  assert.equal(decide({ attempt, session: sessionWith(), openEvents: ["evt_1"] }), "finish_events: looked_at");
  assert.equal(decide({ openEvents: ["evt_1"] }), "finish_events: looked_at");
});

test("a seat is released only when Stripe confirms that nothing can be paid any more", () => {
  const ended = attemptWith({ ...open, holdUntil: inMinutes(-1) });
  assert.equal(decide({ attempt: ended, session: sessionWith() }), "expire_session: hold_ended");
  assert.equal(
    decide({ attempt: ended, session: sessionWith({ status: "expired" }) }),
    "release_seat: session_expired",
  );
  const paidInTheEnd = sessionWith({ status: "complete", paid: true, subscriptionId: "sub_1" });
  assert.equal(decide({ attempt: ended, session: paidInTheEnd, subscription }), "grant: paid");
});

test("a page that was planned but whose answer was lost is asked for again while the seat is held", () => {
  const lost = { expiresAt: inMinutes(20) };
  assert.equal(decide({ attempt: attemptWith(lost) }), "create_session: checkout_wanted");
  const ended = attemptWith({ ...lost, holdUntil: inMinutes(-1) });
  assert.equal(decide({ attempt: ended }), "release_seat: hold_ended", "nobody was ever shown that page");
});

test("a button that nobody presses gives its seat back", () => {
  assert.equal(decide({ attempt: attemptWith({ state: "offered" }) }), "wait: not_wanted_yet");
  const ended = attemptWith({ state: "offered", holdUntil: inMinutes(-1) });
  assert.equal(decide({ attempt: ended }), "release_seat: hold_ended");
});

test("a paid customer whose subscription says the same as before is settled", () => {
  assert.equal(decide({ customer: paidCustomer, subscription }), "done: settled");
});

test("a renewed subscription moves the date until which is paid", () => {
  const renewed = { ...subscription, currentPeriodEnd: inMinutes(60 * 24 * 60) };
  assert.equal(decide({ customer: paidCustomer, subscription: renewed }), "record_subscription: subscription_changed");
});

test("a nudge for nobody is done", () => {
  assert.equal(decide({ customer: null }), "done: no_customer");
});
