/** The inbox: an update is stored once, read in order, and its words are gone when it is done. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { addMinutes } from "#src/domain/clock.ts";
import { Secret } from "#src/domain/secret.ts";
import {
  countAttempt,
  findNextUpdate,
  finishUpdate,
  listWaitingLanes,
  pruneUpdates,
  storeUpdates,
} from "#src/store/inbox.ts";
import { NOW } from "#test/support/add-customer.ts";
import { openTemporaryStore } from "#test/support/temporary-store.ts";

const update = (updateId: number, lane: string, text = `update ${updateId}`) => ({
  updateId,
  lane,
  body: new Secret(text),
});

test("a batch is stored whole, and the lanes that got something are named", async () => {
  await using temporary = openTemporaryStore();
  const { store } = temporary;
  const lanes = storeUpdates(store, [update(1, "a"), update(2, "b"), update(3, "a")], NOW);
  assert.deepEqual(lanes, new Set(["a", "b"]));
  assert.deepEqual(listWaitingLanes(store).sort(), ["a", "b"]);
});

test("an update that came before is not stored again, done or not", async () => {
  await using temporary = openTemporaryStore();
  const { store } = temporary;
  storeUpdates(store, [update(1, "a", "first"), update(2, "a")], NOW);
  finishUpdate(store, 2, "done", NOW);
  assert.deepEqual(storeUpdates(store, [update(1, "a", "changed"), update(2, "a")], NOW), new Set());
  assert.equal(findNextUpdate(store, "a")?.body.reveal(), "first");
  finishUpdate(store, 1, "done", NOW);
  assert.equal(findNextUpdate(store, "a"), null);
});

test("a batch that breaks in the middle leaves nothing", async () => {
  await using temporary = openTemporaryStore();
  const { store } = temporary;
  const broken = { updateId: 2, lane: null as unknown as string, body: new Secret("x") };
  assert.throws(() => storeUpdates(store, [update(1, "a"), broken], NOW));
  assert.deepEqual(listWaitingLanes(store), []);
});

test("a lane is read in the order of Telegram's numbers, whatever the order of arrival", async () => {
  await using temporary = openTemporaryStore();
  const { store } = temporary;
  storeUpdates(store, [update(5, "a"), update(3, "a"), update(4, "b")], NOW);
  const next = findNextUpdate(store, "a");
  assert.deepEqual([next?.updateId, next?.lane, next?.attempts, next?.body.reveal()], [3, "a", 0, "update 3"]);
  finishUpdate(store, 3, "done", NOW);
  assert.equal(findNextUpdate(store, "a")?.updateId, 5);
  finishUpdate(store, 5, "dead", NOW);
  assert.equal(findNextUpdate(store, "a"), null);
  assert.deepEqual(listWaitingLanes(store), ["b"]);
});

test("attempts are counted for the update alone", async () => {
  await using temporary = openTemporaryStore();
  const { store } = temporary;
  storeUpdates(store, [update(1, "a"), update(2, "b")], NOW);
  countAttempt(store, 1);
  countAttempt(store, 1);
  assert.equal(findNextUpdate(store, "a")?.attempts, 2);
  assert.equal(findNextUpdate(store, "b")?.attempts, 0);
});

test("what people write is on disk only sealed, and in the row only until it is done", async () => {
  await using temporary = openTemporaryStore();
  const { store, path } = temporary;
  storeUpdates(store, [update(1, "lane-in-the-open", "my token is 7:AAaaBB")], NOW);
  const bytes = readdirSync(dirname(path)).map((name) => readFileSync(join(dirname(path), name)));
  assert.ok(bytes.some((content) => content.includes("lane-in-the-open")));
  assert.equal(
    bytes.some((content) => content.includes("AAaaBB")),
    false,
  );
  for (const state of ["done", "dead"] as const) {
    finishUpdate(store, 1, state, NOW);
    assert.deepEqual(store.sql("SELECT state, length(body_sealed) AS size FROM inbox_updates").get(), {
      state,
      size: 0,
    });
  }
});

test("a body opens for its own number only", async () => {
  await using temporary = openTemporaryStore();
  const { store } = temporary;
  storeUpdates(store, [update(1, "a")], NOW);
  store.sql("UPDATE inbox_updates SET update_id = 2").run();
  assert.throws(() => findNextUpdate(store, "a"), /does not open/);
});

test("pruning forgets what was done before a time, and never what is still to do", async () => {
  await using temporary = openTemporaryStore();
  const { store } = temporary;
  storeUpdates(
    store,
    [1, 2, 3, 4].map((number) => update(number, "a")),
    addMinutes(NOW, -100),
  );
  finishUpdate(store, 1, "done", addMinutes(NOW, -60));
  finishUpdate(store, 2, "dead", addMinutes(NOW, -60));
  finishUpdate(store, 3, "done", NOW);
  pruneUpdates(store, addMinutes(NOW, -1));
  assert.deepEqual(store.sql("SELECT update_id FROM inbox_updates ORDER BY 1").pluck().all(), [3, 4]);
});
