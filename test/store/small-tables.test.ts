/** The audit log, the conversations' state and the settings: small tables, each read as it was written. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { addMinutes } from "#src/domain/clock.ts";
import { hasAudit, listAudit, writeAudit } from "#src/store/audit-log.ts";
import {
  deleteConversationState,
  readConversationState,
  writeConversationState,
} from "#src/store/conversation-state.ts";
import { readSetting, writeSetting } from "#src/store/settings.ts";
import { addCustomer, NOW } from "#test/support/add-customer.ts";
import { openTemporaryStore } from "#test/support/temporary-store.ts";

test("the audit log keeps who did what to whom and why, in order", async () => {
  await using temporary = openTemporaryStore();
  const { store } = temporary;
  const [first, second] = [addCustomer(store, 1).id, addCustomer(store, 2).id];
  writeAudit(store, first, { action: "paid", actor: "billing", cause: "attempt-1" }, NOW);
  writeAudit(store, second, { action: "paid", actor: "billing" }, NOW);
  writeAudit(store, first, { action: "served", actor: "assistant" }, NOW);
  const createdAt = NOW.toISOString();
  assert.deepEqual(listAudit(store, first), [
    { action: "paid", actor: "billing", cause: "attempt-1", createdAt },
    { action: "served", actor: "assistant", cause: null, createdAt },
  ]);
});

test("the audit log answers whether something was done since a time, that moment included", async () => {
  await using temporary = openTemporaryStore();
  const { store } = temporary;
  const { id } = addCustomer(store);
  writeAudit(store, id, { action: "late", actor: "assistant" }, NOW);
  assert.equal(hasAudit(store, id, "late", NOW), true);
  assert.equal(hasAudit(store, id, "late", addMinutes(NOW, 1)), false);
  assert.equal(hasAudit(store, id, "paid", NOW), false);
  assert.equal(hasAudit(store, addCustomer(store, 2).id, "late", NOW), false);
});

test("a conversation's state is replaced, read and deleted by its key", async () => {
  await using temporary = openTemporaryStore();
  const { store } = temporary;
  assert.equal(readConversationState(store, "a"), null);
  writeConversationState(store, "a", "one", NOW);
  writeConversationState(store, "b", "two", NOW);
  writeConversationState(store, "a", '{"x":"🔑"}', NOW);
  assert.equal(readConversationState(store, "a"), '{"x":"🔑"}');
  deleteConversationState(store, "a");
  assert.deepEqual([readConversationState(store, "a"), readConversationState(store, "b")], [null, "two"]);
});

test("a setting is replaced and read by its key", async () => {
  await using temporary = openTemporaryStore();
  const { store } = temporary;
  assert.equal(readSetting(store, "a"), null);
  writeSetting(store, "a", "eins");
  writeSetting(store, "a", "zwei 🔑");
  writeSetting(store, "b", "");
  assert.deepEqual([readSetting(store, "a"), readSetting(store, "b")], ["zwei 🔑", ""]);
});
