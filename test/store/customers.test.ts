/** Customers: who may become one, how they are found, and that the status follows from what its owners write. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { addMinutes } from "#src/domain/clock.ts";
import { isAppError } from "#src/domain/errors.ts";
import {
  createCustomer,
  findCustomer,
  grantEntitlement,
  listCustomers,
  readCustomer,
  recordStripeCustomer,
  renameCustomer,
  setServed,
} from "#src/store/customers.ts";
import { addCustomer, NOW, pay } from "#test/support/add-customer.ts";
import { openTemporaryStore } from "#test/support/temporary-store.ts";

const LATER = addMinutes(NOW, 5);
const PAID = { paidUntil: addMinutes(NOW, 40_320), subscriptionId: "sub_1", subscriptionStatus: "active" };
const PERSON = { telegramUserId: 1, chatId: 2, botId: 3, botUsername: "Ada_Helper_Bot", assistantName: "Ada" };

test("a new customer is pending, not entitled, named after the bot, with a pay token that can't be guessed", async () => {
  await using temporary = openTemporaryStore();
  const customer = createCustomer(temporary.store, PERSON, NOW);
  assert.match(customer.payToken, /^[\w-]{32}$/);
  assert.deepEqual(customer, {
    ...PERSON,
    id: "ada-helper-bot",
    status: "pending",
    payToken: customer.payToken,
    entitlement: "none",
    paidUntil: null,
    stripeCustomerId: null,
    stripeSubscriptionId: null,
    subscriptionStatus: null,
    createdAt: NOW,
    paidAt: null,
    servedAt: null,
  });
  assert.notEqual(addCustomer(temporary.store).payToken, customer.payToken);
});

test("a customer is found by each of their names, and by nothing else", async () => {
  await using temporary = openTemporaryStore();
  const { store } = temporary;
  const { id, payToken } = createCustomer(store, PERSON, NOW);
  recordStripeCustomer(store, id, "cus_1", LATER);
  const customer = readCustomer(store, id);
  assert.equal(customer.stripeCustomerId, "cus_1");
  for (const [by, value] of [
    ["id", id],
    ["payToken", payToken],
    ["telegramUserId", 1],
    ["botId", 3],
    ["stripeCustomerId", "cus_1"],
  ] as const) {
    assert.deepEqual(findCustomer(store, by, value), customer, by);
    assert.equal(findCustomer(store, by, typeof value === "number" ? 99 : "other"), null, by);
  }
});

test("reading a customer who is not there is not_found", async () => {
  await using temporary = openTemporaryStore();
  assert.throws(
    () => readCustomer(temporary.store, "nobody"),
    (error) => isAppError(error, "not_found"),
  );
});

test("customers are listed by age", async () => {
  await using temporary = openTemporaryStore();
  const { store } = temporary;
  addCustomer(store, 2, {}, LATER);
  addCustomer(store, 3, {}, NOW);
  addCustomer(store, 1, {}, NOW);
  assert.deepEqual(
    listCustomers(store).map((customer) => customer.id),
    ["alex1bot", "alex3bot", "alex2bot"],
  );
});

test("bots whose names come to the same get ids of their own", async () => {
  await using temporary = openTemporaryStore();
  const names = ["Ada_Bot", "ada__bot", "ADA_BOT"];
  const ids = names.map((botUsername, index) => addCustomer(temporary.store, index, { botUsername }).id);
  assert.deepEqual(ids, ["ada-bot", "ada-bot-2", "ada-bot-3"]);
});

test("one bot belongs to one customer, and one Telegram account has one assistant", async () => {
  await using temporary = openTemporaryStore();
  const { store } = temporary;
  createCustomer(store, PERSON, NOW);
  const conflict = (words: RegExp) => (error: unknown) => isAppError(error, "conflict") && words.test(error.message);
  assert.throws(() => createCustomer(store, { ...PERSON, telegramUserId: 9 }, NOW), conflict(/bot already belongs/));
  assert.throws(() => createCustomer(store, { ...PERSON, botId: 9 }, NOW), conflict(/already have an assistant/));
  assert.equal(listCustomers(store).length, 1);
});

test("name and bot may change while the order is pending; id and pay token stay", async () => {
  await using temporary = openTemporaryStore();
  const { store } = temporary;
  const before = createCustomer(store, PERSON, NOW);
  const changed = { botId: 4, botUsername: "OtherBot", assistantName: "Eve" };
  renameCustomer(store, before.id, changed, LATER);
  assert.deepEqual(readCustomer(store, before.id), { ...before, ...changed });
});

test("once paid, name and bot are no longer changed this way", async () => {
  await using temporary = openTemporaryStore();
  const { store } = temporary;
  const customer = pay(store, createCustomer(store, PERSON, NOW).id);
  renameCustomer(store, customer.id, { botId: 4, botUsername: "OtherBot", assistantName: "Eve" }, LATER);
  assert.deepEqual(readCustomer(store, customer.id), customer);
});

test("paying makes a pending customer provisioning, and being served makes them active", async () => {
  await using temporary = openTemporaryStore();
  const { store } = temporary;
  const before = addCustomer(store);
  grantEntitlement(store, before.id, PAID, NOW);
  const paid = {
    ...before,
    status: "provisioning",
    entitlement: "paid",
    paidUntil: PAID.paidUntil,
    stripeSubscriptionId: "sub_1",
    subscriptionStatus: "active",
    paidAt: NOW,
  };
  assert.deepEqual(readCustomer(store, before.id), paid);
  setServed(store, before.id, LATER);
  assert.deepEqual(readCustomer(store, before.id), { ...paid, status: "active", servedAt: LATER });
});

test("being served again keeps the first time", async () => {
  await using temporary = openTemporaryStore();
  const { id } = pay(temporary.store, addCustomer(temporary.store).id);
  setServed(temporary.store, id, NOW);
  setServed(temporary.store, id, LATER);
  assert.deepEqual(readCustomer(temporary.store, id).servedAt, NOW);
});

test("a renewal moves the end and keeps when it was first paid and served", async () => {
  await using temporary = openTemporaryStore();
  const { store } = temporary;
  const { id } = pay(store, addCustomer(store).id);
  setServed(store, id, NOW);
  const paidUntil = addMinutes(NOW, 80_640);
  grantEntitlement(store, id, { ...PAID, paidUntil, subscriptionStatus: "past_due" }, LATER);
  const { status, paidAt, servedAt, subscriptionStatus, ...rest } = readCustomer(store, id);
  assert.deepEqual([status, paidAt, servedAt, subscriptionStatus], ["active", NOW, NOW, "past_due"]);
  assert.deepEqual(rest.paidUntil, paidUntil);
});

test("an entitlement that begins anew is yet to be served", async () => {
  await using temporary = openTemporaryStore();
  const { store } = temporary;
  const { id } = pay(store, addCustomer(store).id);
  setServed(store, id, NOW);
  store.sql("UPDATE customers SET entitlement = 'ended', status = 'suspended' WHERE id = ?").run(id);
  grantEntitlement(store, id, PAID, LATER);
  const { status, paidAt, servedAt } = readCustomer(store, id);
  assert.deepEqual([status, paidAt, servedAt], ["provisioning", LATER, null]);
});

test("a change that a customer's life does not have is refused, and nothing of it stays when its transaction ends", async () => {
  await using temporary = openTemporaryStore();
  const { store } = temporary;
  const { id } = addCustomer(store);
  store.sql("UPDATE customers SET status = 'cancelled' WHERE id = ?").run(id);
  const before = readCustomer(store, id);
  const work = (): void => store.transaction(() => grantEntitlement(store, id, PAID, NOW));
  assert.throws(work, (error) => isAppError(error, "internal") && /from cancelled to provisioning/.test(error.message));
  assert.deepEqual(readCustomer(store, id), before);
});

test("a renamed id takes everything that belongs to it along", async () => {
  await using temporary = openTemporaryStore();
  const { store } = temporary;
  const { id } = addCustomer(store);
  store.sql("UPDATE customers SET id = 'deleted-1' WHERE id = ?").run(id);
  assert.equal(store.sql("SELECT customer_id FROM assistants").pluck().get(), "deleted-1");
});
