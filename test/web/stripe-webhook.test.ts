/** `/api/webhook/stripe`: only what Stripe signed over these bytes just now counts, and it counts once. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { addMinutes } from "#src/domain/clock.ts";
import { recordStripeCustomer } from "#src/store/customers.ts";
import { listOpenEvents } from "#src/store/stripe-events.ts";
import { addCustomer, NOW, openCheckout } from "#test/support/add-customer.ts";
import { openTemporaryWeb, sign, type TemporaryWeb } from "#test/support/temporary-web.ts";

const toEvent = (object: Record<string, unknown>, id = "evt_1"): string =>
  JSON.stringify({ id, object: "event", type: "checkout.session.completed", livemode: false, data: { object } });

function send(
  web: TemporaryWeb,
  payload: string,
  headers: Record<string, string> = { "stripe-signature": sign(payload) },
) {
  const all = { "content-type": "application/json; charset=utf-8", ...headers };
  return web.app.inject({ method: "POST", url: "/api/webhook/stripe", payload, headers: all });
}

const listEvents = (web: TemporaryWeb) =>
  web.store.sql("SELECT id, customer_id, done_at FROM stripe_events ORDER BY id").all() as {
    id: string;
    customer_id: string | null;
    done_at: string | null;
  }[];

test("a signed event is recorded for its customer, answered 200, and billing is woken", async () => {
  await using web = await openTemporaryWeb();
  const { id } = addCustomer(web.store);
  const reply = await send(web, toEvent({ object: "checkout.session", id: "cs_1", client_reference_id: id }));
  assert.deepEqual([reply.statusCode, reply.body], [200, '{"received":true}']);
  assert.deepEqual(listOpenEvents(web.store, id), ["evt_1"]);
  assert.deepEqual(web.enqueued, [id]);
});

test("the record is there before billing is woken", async () => {
  const seen: string[][] = [];
  let web: TemporaryWeb | undefined;
  const enqueueBilling = (id: string): void => void (web && seen.push(listOpenEvents(web.store, id)));
  await using opened = await openTemporaryWeb({ enqueueBilling });
  web = opened;
  const { id } = addCustomer(web.store);
  await send(web, toEvent({ client_reference_id: id }));
  assert.deepEqual(seen, [["evt_1"]]);
});

test("the same event again is answered 200 and has no second effect, also at the same moment", async () => {
  await using web = await openTemporaryWeb();
  const { id } = addCustomer(web.store);
  const payload = toEvent({ client_reference_id: id });
  const replies = await Promise.all(Array.from({ length: 5 }, () => send(web, payload)));
  assert.deepEqual([...new Set(replies.map((reply) => reply.statusCode))], [200]);
  assert.deepEqual(web.enqueued, [id]);
  assert.equal(listEvents(web).length, 1);
});

test("an event finds its customer by our reference, else by Stripe's customer, else by the session", async () => {
  await using web = await openTemporaryWeb();
  const [first, second, third] = [1, 2, 3].map((number) => addCustomer(web.store, number));
  assert.ok(first && second && third);
  recordStripeCustomer(web.store, second.id, "cus_2", NOW);
  openCheckout(web.store, third.id, { id: "cs_3", url: "https://x.example" });
  const session = { object: "checkout.session", id: "cs_3" };
  await send(web, toEvent({ ...session, client_reference_id: first.id, customer: "cus_2" }, "evt_1"));
  await send(web, toEvent({ ...session, client_reference_id: "somebody-else", customer: "cus_2" }, "evt_2"));
  await send(web, toEvent({ ...session, customer: "cus_unknown" }, "evt_3"));
  assert.deepEqual(web.enqueued, [first.id, second.id, third.id]);
});

test("an event about nobody of ours is recorded as done and wakes nobody", async () => {
  await using web = await openTemporaryWeb();
  const reply = await send(web, toEvent({ object: "checkout.session", id: "cs_x", customer: "cus_x" }));
  assert.equal(reply.statusCode, 200);
  assert.deepEqual(listEvents(web), [{ id: "evt_1", customer_id: null, done_at: NOW.toISOString() }]);
  assert.deepEqual(web.enqueued, []);
});

const PAYLOAD = toEvent({ client_reference_id: "alex1bot" });
for (const [what, payload, headers] of [
  ["without a signature", PAYLOAD, {}],
  ["with a broken signature", PAYLOAD, { "stripe-signature": "t=1,v1=00" }],
  ["signed with another secret", PAYLOAD, { "stripe-signature": sign(PAYLOAD, { secret: "whsec_other" }) }],
  ["signed more than five minutes ago", PAYLOAD, { "stripe-signature": sign(PAYLOAD, { at: addMinutes(NOW, -5.1) }) }],
  ["whose bytes differ by a space", `${PAYLOAD} `, { "stripe-signature": sign(PAYLOAD) }],
  ["signed, but not JSON", "hello", { "stripe-signature": sign("hello") }],
  ["signed, but null", "null", { "stripe-signature": sign("null") }],
  ["with an empty body", "", { "stripe-signature": sign("") }],
] as const) {
  test(`an event ${what} is refused with 400 and leaves no trace`, async () => {
    await using web = await openTemporaryWeb();
    addCustomer(web.store);
    const reply = await send(web, payload, headers);
    assert.equal(reply.statusCode, 400);
    assert.equal(reply.json().error, "validation_failed");
    assert.deepEqual(Object.keys(reply.json()), ["error", "message"]);
    assert.deepEqual([listEvents(web), web.enqueued], [[], []]);
  });
}

test("without any body at all it is refused with 400", async () => {
  await using web = await openTemporaryWeb();
  assert.equal((await web.app.inject({ method: "POST", url: "/api/webhook/stripe" })).statusCode, 400);
});

test("another content type is refused with 415", async () => {
  await using web = await openTemporaryWeb();
  const headers = { "content-type": "text/plain", "stripe-signature": sign(PAYLOAD) };
  const reply = await send(web, PAYLOAD, headers);
  assert.equal(reply.statusCode, 415);
  assert.equal(reply.json().error, "unsupported_media_type");
});

test("a body of 1 MiB is taken, one byte more is refused with 413", async () => {
  await using web = await openTemporaryWeb();
  const empty = toEvent({ padding: "" });
  const padded = (bytes: number): string => toEvent({ padding: "x".repeat(bytes - empty.length) });
  assert.equal((await send(web, padded(1024 * 1024))).statusCode, 200);
  const reply = await send(web, padded(1024 * 1024 + 1));
  assert.equal(reply.statusCode, 413);
  assert.equal(reply.json().error, "payload_too_large");
});

test("an event that can't be recorded is answered 500, so that Stripe sends it again", async () => {
  await using web = await openTemporaryWeb();
  addCustomer(web.store);
  web.store
    .sql("CREATE TEMP TRIGGER full BEFORE INSERT ON stripe_events BEGIN SELECT raise(ABORT, 'disk full'); END")
    .run();
  const reply = await send(web, PAYLOAD);
  assert.equal(reply.statusCode, 500);
  assert.deepEqual(reply.json(), { error: "internal_error", message: "Something went wrong on our side." });
  assert.deepEqual(web.enqueued, []);
});
