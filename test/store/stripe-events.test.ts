/** Stripe's events: each is recorded once, stays open until billing has looked, and one that came since stays open. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { addMinutes } from "#src/domain/clock.ts";
import {
  finishEvents,
  listCustomersWithOpenEvents,
  listOpenEvents,
  recordStripeEvent,
} from "#src/store/stripe-events.ts";
import { NOW } from "#test/support/add-customer.ts";
import { openTemporaryStore } from "#test/support/temporary-store.ts";

const event = (id: string, customerId: string | null = "ada") => ({ id, type: "invoice.paid", customerId });

test("an event is new once", async () => {
  await using temporary = openTemporaryStore();
  const { store } = temporary;
  assert.equal(recordStripeEvent(store, event("evt_1"), NOW), true);
  assert.equal(recordStripeEvent(store, event("evt_1"), NOW), false);
  finishEvents(store, ["evt_1"], NOW);
  assert.equal(recordStripeEvent(store, event("evt_1"), NOW), false);
  assert.deepEqual(listOpenEvents(store, "ada"), []);
});

test("a customer's open events are listed in the order in which they came", async () => {
  await using temporary = openTemporaryStore();
  const { store } = temporary;
  recordStripeEvent(store, event("evt_z"), NOW);
  recordStripeEvent(store, event("evt_a"), addMinutes(NOW, 1));
  recordStripeEvent(store, event("evt_b"), NOW);
  recordStripeEvent(store, event("evt_other", "eve"), NOW);
  assert.deepEqual(listOpenEvents(store, "ada"), ["evt_b", "evt_z", "evt_a"]);
});

test("only the events that were looked at are finished, and their time is the first one", async () => {
  await using temporary = openTemporaryStore();
  const { store } = temporary;
  for (const id of ["evt_1", "evt_2", "evt_3"]) recordStripeEvent(store, event(id), NOW);
  finishEvents(store, ["evt_1", "evt_2"], NOW);
  finishEvents(store, ["evt_1", "evt_unknown"], addMinutes(NOW, 9));
  assert.deepEqual(listOpenEvents(store, "ada"), ["evt_3"]);
  assert.equal(store.sql("SELECT done_at FROM stripe_events WHERE id = 'evt_1'").pluck().get(), NOW.toISOString());
});

test("an event about nobody is done at once, and nobody is listed for it", async () => {
  await using temporary = openTemporaryStore();
  const { store } = temporary;
  assert.equal(recordStripeEvent(store, event("evt_1", null), NOW), true);
  recordStripeEvent(store, event("evt_2"), NOW);
  recordStripeEvent(store, event("evt_3"), NOW);
  recordStripeEvent(store, event("evt_4", "eve"), NOW);
  finishEvents(store, ["evt_4"], NOW);
  assert.deepEqual(listCustomersWithOpenEvents(store), ["ada"]);
  assert.equal(store.sql("SELECT done_at FROM stripe_events WHERE id = 'evt_1'").pluck().get(), NOW.toISOString());
});
