/** `/api/status/:id`: the PRD's shape, and nothing personal in it. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { AssistantCause } from "#src/domain/progress.ts";
import { writeAssistantStatus } from "#src/store/assistant-status.ts";
import { setServed } from "#src/store/customers.ts";
import { addCustomer, NOW, pay } from "#test/support/add-customer.ts";
import { openTemporaryWeb } from "#test/support/temporary-web.ts";

const PENDING = {
  customer_id: "alex1bot",
  email: null,
  assistant_name: null,
  status: "pending",
  container_status: null,
  telegram_bot_username: null,
  url: null,
  telegram_url: null,
  created_at: "2026-02-18T10:30:00Z",
  paid_at: null,
  subscription_status: null,
  current_period_end: null,
};

test("an order that is not paid yet has the document's keys, in its order", async () => {
  await using web = await openTemporaryWeb();
  addCustomer(web.store);
  const reply = await web.app.inject("/api/status/alex1bot");
  assert.equal(reply.statusCode, 200);
  assert.match(String(reply.headers["content-type"]), /^application\/json/);
  assert.equal(reply.body, JSON.stringify(PENDING));
  assert.equal(reply.headers["cache-control"], "no-store");
});

test("a served order shows when it was paid and until when, and still nothing personal", async () => {
  await using web = await openTemporaryWeb();
  const { id } = addCustomer(web.store);
  pay(web.store, id);
  writeAssistantStatus(web.store, id, { cause: "ready", observedGeneration: 1 }, NOW);
  setServed(web.store, id, NOW);
  assert.deepEqual((await web.app.inject(`/api/status/${id}`)).json(), {
    ...PENDING,
    status: "active",
    container_status: "running",
    paid_at: "2026-02-18T10:30:00Z",
    subscription_status: "active",
    current_period_end: "2026-03-18T10:30:00Z",
  });
});

const CONTAINERS: Record<AssistantCause, string | null> = {
  not_wanted: null,
  accepted: null,
  runtime_not_ready: null,
  preparing: null,
  starting: "starting",
  connecting: "running",
  channel_conflict: "running",
  channel_unauthorized: "running",
  channel_failing: "running",
  restarting: "restarting",
  recovering: "restarting",
  ready: "running",
};

test("the container's status follows from how far the assistant is", async () => {
  await using web = await openTemporaryWeb();
  const { id } = addCustomer(web.store);
  pay(web.store, id);
  for (const [cause, expected] of Object.entries(CONTAINERS)) {
    writeAssistantStatus(web.store, id, { cause: cause as AssistantCause, observedGeneration: 1 }, NOW);
    assert.equal((await web.app.inject(`/api/status/${id}`)).json().container_status, expected, cause);
  }
});

test("a suspended customer's container is stopped", async () => {
  await using web = await openTemporaryWeb();
  const { id } = addCustomer(web.store);
  web.store.sql("UPDATE customers SET entitlement = 'ended', status = 'suspended' WHERE id = ?").run(id);
  const body = (await web.app.inject(`/api/status/${id}`)).json();
  assert.deepEqual([body.status, body.container_status], ["suspended", "stopped"]);
});

for (const id of ["unknown", "Alex1Bot", "..%2F", "%00", "a'%20OR%201=1", "x".repeat(300)]) {
  test(`an id that nobody has (${id.slice(0, 20)}) is 404 not_found`, async () => {
    await using web = await openTemporaryWeb();
    addCustomer(web.store);
    const reply = await web.app.inject(`/api/status/${id}`);
    assert.equal(reply.statusCode, 404);
    assert.equal(reply.json().error, "not_found");
    assert.deepEqual(Object.keys(reply.json()), ["error", "message"]);
  });
}
