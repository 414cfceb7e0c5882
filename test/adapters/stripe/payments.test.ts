/** The payments adapter, Stripe's own SDK and the stand-in at the wire: what is asked, what comes back, what fails how. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { createPayments } from "#src/adapters/stripe/payments.ts";
import { isAppError } from "#src/domain/errors.ts";
import { Secret } from "#src/domain/secret.ts";
import { startStripe } from "#src/sandbox/stripe/start-stripe.ts";

const KEY = "sk_test_0123456789";

async function open() {
  let aheadMs = 0;
  const clock = { now: () => new Date(Date.now() + aheadMs) };
  const stripe = await startStripe({ port: 0, clock, secretKey: KEY, priceId: "price_1", webhook: null });
  const payments = createPayments({ secretKey: new Secret(KEY), apiBase: stripe.url, priceId: "price_1" });
  const stripeCustomerId = await payments.createCustomer("alexbot", "cus:alexbot");
  const request = {
    customerId: "alexbot",
    stripeCustomerId,
    attemptId: "at_1",
    successUrl: "https://blytz.cloud/paid?session_id={CHECKOUT_SESSION_ID}",
    cancelUrl: "https://blytz.cloud/pay/t",
    expiresAt: new Date(Date.now() + 31 * 60_000),
    idempotencyKey: "cs:at_1",
  };
  const advance = (minutes: number) => {
    aheadMs += minutes * 60_000;
    stripe.tick();
  };
  return {
    stripe,
    payments,
    request,
    stripeCustomerId,
    advance,
    [Symbol.asyncDispose]: () => stripe[Symbol.asyncDispose](),
  };
}

test("a session is open and unpaid until somebody pays, and then leads to a live subscription", async () => {
  await using world = await open();
  const session = await world.payments.createCheckoutSession(world.request);
  assert.deepEqual([session.status, session.paid, session.subscriptionId], ["open", false, null]);
  assert.match(session.url ?? "", /\/c\/pay\/cs_test_/);
  const payment = world.stripe.pay({ session: session.id, card: "4242 4242 4242 4242" });
  assert.deepEqual(payment, { paid: true, redirect: `https://blytz.cloud/paid?session_id=${session.id}` });
  const paid = await world.payments.readCheckoutSession(session.id);
  assert.deepEqual([paid.status, paid.paid, paid.url], ["complete", true, null]);
  const subscription = await world.payments.readSubscription(paid.subscriptionId ?? "");
  assert.equal(subscription.status, "active");
  const days = (subscription.currentPeriodEnd.getTime() - Date.now()) / 86_400_000;
  assert.ok(days > 27 && days < 32, `a month, not ${days} days`);
});

test("the same key makes one customer and one session, however often it is asked", async () => {
  await using world = await open();
  assert.equal(await world.payments.createCustomer("alexbot", "cus:alexbot"), world.stripeCustomerId);
  const first = await world.payments.createCheckoutSession(world.request);
  const again = await world.payments.createCheckoutSession(world.request);
  assert.equal(first.id, again.id);
  assert.equal(world.stripe.readState().checkouts.length, 1);
});

test("the same key with other parameters is refused, and so is a time that Stripe does not take", async () => {
  await using world = await open();
  await world.payments.createCheckoutSession(world.request);
  const other = { ...world.request, cancelUrl: "https://blytz.cloud/other" };
  await assert.rejects(world.payments.createCheckoutSession(other), (error) => isAppError(error));
  const soon = { ...world.request, expiresAt: new Date(Date.now() + 60_000), idempotencyKey: "cs:soon" };
  await assert.rejects(world.payments.createCheckoutSession(soon), (error) => isAppError(error, "invalid"));
});

test("an answer that was lost after the effect is asked for again and makes nothing twice", async () => {
  await using world = await open();
  world.stripe.setFaults([{ method: "POST /v1/checkout/sessions", kind: "reset_after", count: 1 }]);
  await world.payments.createCheckoutSession(world.request);
  assert.equal(world.stripe.readState().checkouts.length, 1);
});

test("a session ends with its time, and expiring one that was paid meanwhile tells that it is paid", async () => {
  await using world = await open();
  const late = await world.payments.createCheckoutSession(world.request);
  world.advance(32);
  assert.equal((await world.payments.readCheckoutSession(late.id)).status, "expired");
  const expiresAt = new Date(Date.now() + 63 * 60_000);
  const next = await world.payments.createCheckoutSession({ ...world.request, expiresAt, idempotencyKey: "cs:2" });
  world.stripe.pay({ session: next.id, card: "4242424242424242" });
  const ended = await world.payments.expireCheckoutSession(next.id);
  assert.deepEqual([ended.status, ended.paid], ["complete", true]);
});

test("declined cards leave the session open and no subscription behind; a paid session is not paid twice", async () => {
  await using world = await open();
  const { id } = await world.payments.createCheckoutSession(world.request);
  for (const [card, code] of [
    ["4000000000000002", "generic_decline"],
    ["4000000000009995", "insufficient_funds"],
    ["4000000000000069", "expired_card"],
    ["1234", "incorrect_number"],
  ]) {
    const payment = world.stripe.pay({ session: id, card });
    assert.equal(payment.paid ? null : payment.code, code);
  }
  assert.equal((await world.payments.readCheckoutSession(id)).status, "open");
  world.stripe.pay({ session: id, card: "4242424242424242" });
  assert.deepEqual(world.stripe.pay({ session: id, card: "4242424242424242" }).paid, false);
  assert.equal(
    world.stripe.readState().events.filter(({ type }) => type === "customer.subscription.created").length,
    1,
  );
});

test("failures are told apart: refused, unknown, not answering; and none of them shows the key", async () => {
  await using world = await open();
  await assert.rejects(world.payments.readCheckoutSession("cs_nobody"), (error) => isAppError(error, "not_found"));
  world.stripe.setFaults([{ method: "*", kind: "status", status: 503, count: 9 }]);
  await assert.rejects(world.payments.readSubscription("sub_1"), (error) => isAppError(error, "unavailable"));
  world.stripe.setFaults([]);
  const wrong = createPayments({
    secretKey: new Secret("sk_test_wrong"),
    apiBase: world.stripe.url,
    priceId: "price_1",
  });
  await assert.rejects(wrong.readPrice(), (error) => {
    assert.ok(isAppError(error, "unavailable"));
    assert.ok(!JSON.stringify([error.message, String(error.cause)]).includes("sk_test_wrong"));
    return true;
  });
});

test("the price that is sold is the one that the pages name", async () => {
  await using world = await open();
  const price = await world.payments.readPrice();
  assert.deepEqual(price, { active: true, currency: "usd", unitAmountCents: 2900, interval: "month" });
});
