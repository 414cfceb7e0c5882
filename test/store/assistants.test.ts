/** An assistant's row: what is wanted, how far it is, and the port and keys that its cell has. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { addMinutes } from "#src/domain/clock.ts";
import { isAppError } from "#src/domain/errors.ts";
import { Secret } from "#src/domain/secret.ts";
import { hashVirtualKey, isVirtualKey } from "#src/domain/virtual-key.ts";
import {
  beginAttempt,
  findAssistantStatus,
  findReservation,
  listPorts,
  reserve,
  writeAssistantStatus,
} from "#src/store/assistant-status.ts";
import { readDesiredAssistant, writeSpec } from "#src/store/assistants.ts";
import { openReadOnly } from "#src/store/database.ts";
import { findVirtualKey } from "#src/store/virtual-keys.ts";
import { addCustomer, NOW } from "#test/support/add-customer.ts";
import { openTemporaryStore } from "#test/support/temporary-store.ts";

const LATER = addMinutes(NOW, 5);
const SPEC = {
  assistantName: "Ada",
  instructions: "Line one\n<% two %> {{three}} 🔑",
  ownerTelegramId: 1,
  botId: 7_000_001,
  botUsername: "Alex1Bot",
  timeZone: "UTC",
};

test("what is wanted is read as it was written, and every change is the next generation", async () => {
  await using temporary = openTemporaryStore();
  const { store } = temporary;
  const { id } = addCustomer(store);
  assert.equal(readDesiredAssistant(store, id).generation, 1);
  writeSpec(store, id, SPEC, new Secret("7000001:new"), LATER);
  const desired = readDesiredAssistant(store, id);
  assert.deepEqual([desired.spec, desired.generation], [SPEC, 2]);
  assert.equal(desired.botToken.reveal(), "7000001:new");
});

test("a change of what is wanted leaves what was observed alone", async () => {
  await using temporary = openTemporaryStore();
  const { store } = temporary;
  const { id } = addCustomer(store);
  writeAssistantStatus(store, id, { cause: "ready", observedGeneration: 1 }, NOW);
  const attempt = beginAttempt(store, id);
  writeSpec(store, id, SPEC, new Secret("7000001:new"), LATER);
  assert.deepEqual(findAssistantStatus(store, id), { observedGeneration: 1, cause: "ready", causeSince: NOW, attempt });
});

test("where nobody asked for an assistant there is none", async () => {
  await using temporary = openTemporaryStore();
  assert.throws(
    () => readDesiredAssistant(temporary.store, "nobody"),
    (error) => isAppError(error, "not_found"),
  );
  assert.equal(findAssistantStatus(temporary.store, "nobody"), null);
  assert.equal(findReservation(temporary.store, "nobody"), null);
});

test("a new assistant is not wanted, not observed, and has no attempt", async () => {
  await using temporary = openTemporaryStore();
  const { id } = addCustomer(temporary.store);
  const status = { observedGeneration: 0, cause: "not_wanted", causeSince: NOW, attempt: null };
  assert.deepEqual(findAssistantStatus(temporary.store, id), status);
});

test("the status says since when it stands, and that time moves only with the cause", async () => {
  await using temporary = openTemporaryStore();
  const { store } = temporary;
  const { id } = addCustomer(store);
  assert.equal(writeAssistantStatus(store, id, { cause: "starting", observedGeneration: 0 }, LATER), true);
  assert.deepEqual(findAssistantStatus(store, id)?.causeSince, LATER);
  const repeated = { cause: "starting", observedGeneration: 0 } as const;
  assert.equal(writeAssistantStatus(store, id, repeated, addMinutes(LATER, 1)), false, "nothing has changed");
  assert.equal(writeAssistantStatus(store, id, { ...repeated, observedGeneration: 1 }, addMinutes(LATER, 2)), true);
  const status = findAssistantStatus(store, id);
  assert.deepEqual([status?.causeSince, status?.observedGeneration], [LATER, 1]);
});

test("each attempt has an id of its own, kept before anything is started", async () => {
  await using temporary = openTemporaryStore();
  const { id } = addCustomer(temporary.store);
  const [first, second] = [beginAttempt(temporary.store, id), beginAttempt(temporary.store, id)];
  assert.notEqual(first, second);
  assert.equal(findAssistantStatus(temporary.store, id)?.attempt, second);
});

test("a reservation is a port and two fresh keys, and the model gateway knows the one by its hash", async () => {
  await using temporary = openTemporaryStore();
  const { store } = temporary;
  const [first, second] = [addCustomer(store, 1), addCustomer(store, 2)];
  assert.equal(findReservation(store, first.id), null);
  reserve(store, first.id, 30_000, "prefix_", NOW);
  reserve(store, second.id, 30_001, "prefix_", NOW);
  const [mine, other] = [findReservation(store, first.id), findReservation(store, second.id)];
  assert.ok(mine && other);
  assert.equal(mine.port, 30_000);
  assert.match(mine.gatewayToken.reveal(), /^prefix_[\w-]{43}$/);
  assert.ok(isVirtualKey(mine.modelKey.reveal()));
  assert.notEqual(mine.gatewayToken.reveal(), other.gatewayToken.reveal());
  assert.notEqual(mine.modelKey.reveal(), other.modelKey.reveal());
  assert.deepEqual(listPorts(store).sort(), [30_000, 30_001]);
  using reader = openReadOnly(temporary.path);
  assert.deepEqual(findVirtualKey(reader, hashVirtualKey(mine.modelKey)), { customerId: first.id });
});

test("another port for the same customer keeps the keys, and frees the former port", async () => {
  await using temporary = openTemporaryStore();
  const { store } = temporary;
  const { id } = addCustomer(store);
  reserve(store, id, 30_000, "prefix_", NOW);
  const before = findReservation(store, id);
  reserve(store, id, 30_005, "prefix_", LATER);
  const after = findReservation(store, id);
  assert.ok(before && after);
  assert.equal(after.port, 30_005);
  assert.equal(after.gatewayToken.reveal(), before.gatewayToken.reveal());
  assert.equal(after.modelKey.reveal(), before.modelKey.reveal());
  assert.deepEqual(listPorts(store), [30_005]);
});

test("a port that somebody else has is refused, and what the customer had stays", async () => {
  await using temporary = openTemporaryStore();
  const { store } = temporary;
  const [first, second] = [addCustomer(store, 1), addCustomer(store, 2)];
  reserve(store, first.id, 30_000, "", NOW);
  reserve(store, second.id, 30_001, "", NOW);
  assert.throws(() => reserve(store, second.id, 30_000, "", NOW), { code: "SQLITE_CONSTRAINT_PRIMARYKEY" });
  assert.equal(findReservation(store, second.id)?.port, 30_001);
});

test("a key that is unknown or revoked opens nothing", async () => {
  await using temporary = openTemporaryStore();
  const { store } = temporary;
  const { id } = addCustomer(store);
  reserve(store, id, 30_000, "", NOW);
  const hash = hashVirtualKey(findReservation(store, id)?.modelKey ?? assert.fail("no reservation"));
  assert.equal(findVirtualKey(store, hashVirtualKey("blytz_vk_other")), null);
  assert.notEqual(findVirtualKey(store, hash), null);
  store.sql("UPDATE virtual_keys SET revoked_at = 'now'").run();
  assert.equal(findVirtualKey(store, hash), null);
});
