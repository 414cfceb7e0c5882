/** The one progress message of an order: sent once, edited, and known to be over. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Store } from "#src/store/database.ts";
import {
  beginProgressMessage,
  endProgressMessage,
  findProgressMessage,
  forgetShown,
  listLiveProgressMessages,
  recordShown,
} from "#src/store/progress-messages.ts";
import { addCustomer, NOW } from "#test/support/add-customer.ts";
import { openTemporaryStore } from "#test/support/temporary-store.ts";

const begin = (store: Store, id: string, customerId: string, chatId = 5): void =>
  beginProgressMessage(store, { id, customerId, chatId }, NOW);

test("it begins unsent, once for each order", async () => {
  await using temporary = openTemporaryStore();
  const { store } = temporary;
  const customerId = addCustomer(store).id;
  assert.equal(findProgressMessage(store, "order-1"), null);
  begin(store, "order-1", customerId);
  begin(store, "order-1", customerId, 6);
  const empty = { messageId: null, shown: null, shownAt: null, finished: false };
  assert.deepEqual(findProgressMessage(store, "order-1"), { id: "order-1", customerId, chatId: 5, ...empty });
});

test("it knows what the chat shows, and forgets it when the message was deleted", async () => {
  await using temporary = openTemporaryStore();
  const { store } = temporary;
  begin(store, "order-1", addCustomer(store).id);
  const before = findProgressMessage(store, "order-1");
  recordShown(store, "order-1", { messageId: 9, text: "half", finished: false }, NOW);
  const shown = { ...before, messageId: 9, shown: "half", shownAt: NOW };
  assert.deepEqual(findProgressMessage(store, "order-1"), shown);
  forgetShown(store, "order-1");
  assert.deepEqual(findProgressMessage(store, "order-1"), before);
});

test("live ones are listed, of one customer or of all, until they are finished or nobody sees them", async () => {
  await using temporary = openTemporaryStore();
  const { store } = temporary;
  const [first, second] = [addCustomer(store, 1).id, addCustomer(store, 2).id];
  for (const [id, customerId] of [
    ["a", first],
    ["b", first],
    ["c", first],
    ["d", second],
  ] as const)
    begin(store, id, customerId);
  const list = (customerId?: string) =>
    listLiveProgressMessages(store, customerId)
      .map((message) => message.id)
      .sort();
  assert.deepEqual(list(), ["a", "b", "c", "d"]);
  recordShown(store, "a", { messageId: 1, text: "done", finished: true }, NOW);
  endProgressMessage(store, "b");
  assert.deepEqual(list(), ["c", "d"]);
  assert.deepEqual(list(first), ["c"]);
  assert.equal(findProgressMessage(store, "b")?.finished, true);
});
