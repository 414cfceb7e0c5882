/** `/pay/:token`: from the button to Stripe's page, once, and never without a seat. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { CheckoutAttempt } from "#src/domain/checkout-attempt.ts";
import { addMinutes } from "#src/domain/clock.ts";
import { findLiveAttempt, finishAttempt, holdSeat, listLiveAttempts } from "#src/store/checkout-attempts.ts";
import { addCustomer, NOW, openCheckout, pay, SEATS } from "#test/support/add-customer.ts";
import { openTemporaryWeb, type TemporaryWeb } from "#test/support/temporary-web.ts";

const SESSION = { id: "cs_test_1", url: "https://checkout.stripe.example/c/pay/cs_test_1#fid=a%2Fb" };

const countRows = ({ store }: TemporaryWeb): number =>
  (store.sql("SELECT count(*) AS n FROM checkout_attempts").get() as { n: number }).n;

test("an open checkout session is where the button leads, its whole address kept", async () => {
  await using web = await openTemporaryWeb();
  const customer = addCustomer(web.store);
  openCheckout(web.store, customer.id, SESSION);
  const reply = await web.app.inject(`/pay/${customer.payToken}`);
  assert.equal(reply.statusCode, 303);
  assert.equal(reply.headers.location, SESSION.url);
  assert.equal(reply.headers["cache-control"], "no-store");
  assert.equal(reply.headers["referrer-policy"], "no-referrer");
  assert.deepEqual(web.enqueued, [], "there is nothing for billing to do");
});

test("the first press holds a seat, records the wish and wakes billing; the page goes on by itself meanwhile", async () => {
  await using web = await openTemporaryWeb();
  const customer = addCustomer(web.store);
  const reply = await web.app.inject(`/pay/${customer.payToken}`);
  assert.equal(reply.statusCode, 200);
  assert.match(reply.body, /<h1>Opening the payment page…<\/h1>/);
  const refresh = `<meta http-equiv="refresh" content="2;url=/pay/${customer.payToken}?waited=1">`;
  assert.ok(reply.body.includes(refresh), reply.body);
  assert.equal(reply.headers["cache-control"], "no-store");
  assert.equal(reply.headers["referrer-policy"], "no-referrer");
  assert.equal(findLiveAttempt(web.store, customer.id)?.state, "wanted");
  assert.deepEqual(web.enqueued, [customer.id]);
});

test("a session that billing opens while the page waits is redirected to at once", async () => {
  let web: TemporaryWeb | undefined;
  const openSoon = (customerId: string): void =>
    void setImmediate(() => {
      if (web && findLiveAttempt(web.store, customerId)?.state === "wanted")
        openCheckout(web.store, customerId, SESSION);
    });
  await using opened = await openTemporaryWeb({ payWaitMs: 60_000, enqueueBilling: openSoon });
  web = opened;
  const customer = addCustomer(web.store);
  const reply = await web.app.inject(`/pay/${customer.payToken}`);
  assert.deepEqual([reply.statusCode, reply.headers.location], [303, SESSION.url]);
});

test("a person who waits long is told that nothing was charged, and asked less often", async () => {
  await using web = await openTemporaryWeb();
  const customer = addCustomer(web.store);
  const reply = await web.app.inject(`/pay/${customer.payToken}?waited=4`);
  assert.match(reply.body, /takes longer than usual.*nothing was charged/);
  assert.match(reply.body, /content="10;url=[^"]*waited=5"/);
  assert.match(
    (await web.app.inject(`/pay/${customer.payToken}?waited=x"><b>`)).body,
    /content="2;url=[^"<]*waited=1"/,
  );
  assert.equal((await web.app.inject(`/pay/${customer.payToken}?waited=1&waited=2`)).statusCode, 200);
});

test("forty presses at the same moment make one attempt", async () => {
  await using web = await openTemporaryWeb();
  const customer = addCustomer(web.store);
  const replies = await Promise.all(Array.from({ length: 40 }, () => web.app.inject(`/pay/${customer.payToken}`)));
  assert.deepEqual([...new Set(replies.map((reply) => reply.statusCode))], [200]);
  assert.equal(countRows(web), 1);
});

test("two devices are led to the same session", async () => {
  await using web = await openTemporaryWeb();
  const customer = addCustomer(web.store);
  openCheckout(web.store, customer.id, SESSION);
  const replies = await Promise.all([1, 2].map(() => web.app.inject(`/pay/${customer.payToken}`)));
  assert.deepEqual(
    replies.map((reply) => reply.headers.location),
    [SESSION.url, SESSION.url],
  );
  assert.equal(countRows(web), 1);
});

test("HEAD answers 200 and does nothing: no seat, no wish, no billing", async () => {
  await using web = await openTemporaryWeb();
  const customer = addCustomer(web.store);
  const reply = await web.app.inject({ method: "HEAD", url: `/pay/${customer.payToken}` });
  assert.deepEqual([reply.statusCode, reply.body], [200, ""]);
  assert.equal(countRows(web), 0);
  assert.deepEqual(web.enqueued, []);
});

test("a session about to end is not sent to: it is given back, and the next look asks for a fresh one", async () => {
  await using web = await openTemporaryWeb();
  const customer = addCustomer(web.store);
  const first = openCheckout(web.store, customer.id, SESSION, addMinutes(NOW, -29.5));
  const waiting = await web.app.inject(`/pay/${customer.payToken}`);
  assert.equal(waiting.statusCode, 200);
  const given = findLiveAttempt(web.store, customer.id) as CheckoutAttempt;
  assert.deepEqual([given.id, given.givenBack, given.holdUntil], [first, true, NOW]);
  assert.deepEqual(web.enqueued, [customer.id]);
  // What billing does once Stripe says that the page is closed.
  finishAttempt(web.store, first, "released");
  await web.app.inject(`/pay/${customer.payToken}`);
  const second = findLiveAttempt(web.store, customer.id) as CheckoutAttempt;
  assert.notEqual(second.id, first);
  assert.equal(second.state, "wanted");
});

test("who has paid is shown how the order stands", async () => {
  await using web = await openTemporaryWeb();
  const customer = addCustomer(web.store);
  pay(web.store, customer.id, openCheckout(web.store, customer.id, SESSION));
  const reply = await web.app.inject(`/pay/${customer.payToken}`);
  assert.deepEqual([reply.statusCode, reply.headers.location], [303, `/paid?token=${customer.payToken}`]);
  assert.equal(findLiveAttempt(web.store, customer.id), null);
});

test("when all seats are taken nobody is charged: 503 in plain words, and no attempt", async () => {
  await using web = await openTemporaryWeb({ maxCustomers: 1 });
  const first = addCustomer(web.store, 1);
  const second = addCustomer(web.store, 2);
  holdSeat(web.store, first.id, 1, NOW);
  const reply = await web.app.inject(`/pay/${second.payToken}`);
  assert.equal(reply.statusCode, 503);
  assert.match(reply.body, /<h1>All places are taken<\/h1>/);
  assert.match(reply.body, /Nothing was charged/);
  assert.match(reply.body, /href="https:\/\/t\.me\/BlytzTestBot"/);
  assert.equal(findLiveAttempt(web.store, second.id), null);
  assert.equal((await web.app.inject(`/pay/${first.payToken}`)).statusCode, 200, "who holds a seat may go on");
});

test("more people than seats press at once: exactly as many attempts as seats", async () => {
  await using web = await openTemporaryWeb({ maxCustomers: 3 });
  const customers = Array.from({ length: 10 }, (_, index) => addCustomer(web.store, index));
  const replies = await Promise.all(customers.map((customer) => web.app.inject(`/pay/${customer.payToken}`)));
  assert.equal(replies.filter((reply) => reply.statusCode === 200).length, 3);
  assert.equal(replies.filter((reply) => reply.statusCode === 503).length, 7);
  assert.equal(listLiveAttempts(web.store).length, 3);
});

for (const token of ["unknown", "%3Cb%3E", "..%2f..%2fetc", "x".repeat(90)]) {
  test(`an unknown link (${token.slice(0, 20)}) is a friendly page with the way back`, async () => {
    await using web = await openTemporaryWeb();
    const reply = await web.app.inject(`/pay/${token}`);
    assert.equal(reply.statusCode, 404);
    assert.match(reply.body, /<h1>Unknown payment link<\/h1>/);
    assert.match(reply.body, /href="https:\/\/t\.me\/BlytzTestBot"/);
    assert.deepEqual(web.enqueued, []);
  });
}

test("a cancelled customer's link leads nowhere", async () => {
  await using web = await openTemporaryWeb();
  const customer = addCustomer(web.store);
  web.store.sql("UPDATE customers SET status = 'cancelled' WHERE id = ?").run(customer.id);
  assert.equal((await web.app.inject(`/pay/${customer.payToken}`)).statusCode, 404);
  assert.equal(countRows(web), 0);
});

test("a page that waits ends at once when the server stops", { timeout: 20_000 }, async () => {
  await using web = await openTemporaryWeb({ payWaitMs: 60_000, maxCustomers: SEATS });
  const customer = addCustomer(web.store);
  const waiting = web.app.inject(`/pay/${customer.payToken}`);
  web.health.isStopping = true;
  assert.equal((await waiting).statusCode, 200);
});

test("a page that waits ends at once when the server is closed", { timeout: 20_000 }, async () => {
  const asked = Promise.withResolvers<void>();
  await using web = await openTemporaryWeb({ payWaitMs: 60_000, enqueueBilling: () => asked.resolve() });
  const waiting = web.app.inject(`/pay/${addCustomer(web.store).payToken}`);
  // It is under way; a request that comes after the close has begun is refused by the framework.
  const settled = waiting.then((reply) => reply.statusCode);
  await asked.promise;
  await web.app.close();
  assert.equal(await settled, 200);
});
