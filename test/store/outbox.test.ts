/** The outbox: news is told once, each chat in its order, and a message that can't be sent holds up no other. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { dropMessage, findNextMessage, finishMessage, listWaitingChats, tell } from "#src/store/outbox.ts";
import { NOW } from "#test/support/add-customer.ts";
import { openTemporaryStore } from "#test/support/temporary-store.ts";

const MESSAGE = { html: "<b>Hi</b>", buttons: [[{ text: "Open", url: "https://t.me/x" }]] };

test("a message comes out as it went in", async () => {
  await using temporary = openTemporaryStore();
  const { store } = temporary;
  tell(store, 5, "a", MESSAGE, NOW);
  const next = findNextMessage(store, 5);
  assert.deepEqual(next, { id: next?.id, chatId: 5, message: MESSAGE });
});

test("the same news is told once, also after it was sent", async () => {
  await using temporary = openTemporaryStore();
  const { store } = temporary;
  tell(store, 5, "ready:1", MESSAGE, NOW);
  tell(store, 5, "ready:1", { html: "other words" }, NOW);
  const next = findNextMessage(store, 5) ?? assert.fail("nothing to send");
  assert.deepEqual(next.message, MESSAGE);
  finishMessage(store, next.id, 77, NOW);
  tell(store, 5, "ready:1", MESSAGE, NOW);
  assert.equal(findNextMessage(store, 5), null);
  const row = store.sql("SELECT sent_at, message_id, dropped FROM outbox").get();
  assert.deepEqual(row, { sent_at: NOW.toISOString(), message_id: 77, dropped: null });
});

test("each chat's messages come in the order in which they were told", async () => {
  await using temporary = openTemporaryStore();
  const { store } = temporary;
  for (const [chatId, key] of [
    [5, "z"],
    [6, "y"],
    [5, "a"],
  ] as const)
    tell(store, chatId, key, { html: key }, NOW);
  const order: string[] = [];
  for (let next = findNextMessage(store, 5); next !== null; next = findNextMessage(store, 5)) {
    order.push(next.message.html);
    finishMessage(store, next.id, order.length, NOW);
  }
  assert.deepEqual(order, ["z", "a"]);
  assert.equal(findNextMessage(store, 6)?.message.html, "y");
});

test("a dropped message makes way for the next, and says why", async () => {
  await using temporary = openTemporaryStore();
  const { store } = temporary;
  tell(store, 5, "a", { html: "a" }, NOW);
  tell(store, 5, "b", { html: "b" }, NOW);
  const first = findNextMessage(store, 5) ?? assert.fail("nothing to send");
  dropMessage(store, first.id, "blocked");
  assert.equal(findNextMessage(store, 5)?.message.html, "b");
  assert.equal(store.sql("SELECT dropped FROM outbox WHERE id = ?").pluck().get(first.id), "blocked");
});

test("the chats with something to hear are listed, once each", async () => {
  await using temporary = openTemporaryStore();
  const { store } = temporary;
  for (const [chatId, key] of [
    [5, "a"],
    [5, "b"],
    [6, "c"],
    [7, "d"],
  ] as const)
    tell(store, chatId, key, MESSAGE, NOW);
  finishMessage(store, findNextMessage(store, 6)?.id ?? 0, 1, NOW);
  dropMessage(store, findNextMessage(store, 7)?.id ?? 0, "blocked");
  assert.deepEqual(listWaitingChats(store), [5]);
});

test("what is told in a transaction that fails is not told", async () => {
  await using temporary = openTemporaryStore();
  const { store } = temporary;
  const work = (): void =>
    store.transaction(() => {
      tell(store, 5, "a", MESSAGE, NOW);
      throw new Error("stop");
    });
  assert.throws(work);
  assert.equal(findNextMessage(store, 5), null);
});
