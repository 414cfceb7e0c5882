/** The durable inbox: stored before confirmed, handled from the store, tried again, given up, gone on with. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Api } from "grammy";
import type { Update } from "grammy/types";
import { startInbox } from "#src/bot/inbox.ts";
import { systemClock } from "#src/domain/clock.ts";
import { AppError } from "#src/domain/errors.ts";
import { silentLogger } from "#src/domain/logger.ts";
import { Secret } from "#src/domain/secret.ts";
import { startTelegram } from "#src/sandbox/telegram/start-telegram.ts";
import { findNextUpdate, storeUpdates } from "#src/store/inbox.ts";
import { eventually } from "#test/support/eventually.ts";
import { openTemporaryStore } from "#test/support/temporary-store.ts";

const BOT = "BlytzBot";

async function openInbox(options: {
  handle: (update: Update) => Promise<void>;
  onStep?: (boundary: string) => void;
  watchdogMs?: number;
}) {
  const stack = new AsyncDisposableStack();
  const telegram = stack.use(await startTelegram({ port: 0, clock: systemClock }));
  const { token } = telegram.createBot({ owner: "operator", username: BOT, name: "Blytz", platform: true });
  const { store } = stack.use(await openTemporaryStore());
  const apologies: number[] = [];
  const start = () =>
    startInbox({
      api: new Api(token, { apiRoot: telegram.url }),
      store,
      clock: systemClock,
      logger: silentLogger,
      apologise: async (update) => void apologies.push(update.update_id),
      ...options,
    });
  const write = (text: string, user = "customer") => telegram.sendFromUser({ user, bot: BOT, text });
  return { telegram, store, start, write, apologies, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

const textOf = (update: Update): string => update.message?.text ?? "";

test("what one person writes is handled in order, and one who takes long holds up nobody else", async () => {
  const seen: string[] = [];
  const slow = Promise.withResolvers<void>();
  await using world = await openInbox({
    handle: async (update) => {
      if (textOf(update) === "slow") await slow.promise;
      seen.push(textOf(update));
    },
  });
  await using _inbox = world.start();
  world.write("slow");
  world.write("after slow");
  world.write("quick", "other");
  await eventually("the other person", () => seen.includes("quick"));
  assert.deepEqual(seen, ["quick"]);
  slow.resolve();
  await eventually("the rest", () => seen.length === 3);
  assert.deepEqual(seen, ["quick", "slow", "after slow"]);
});

test("an update that failed for want of Telegram is tried again while its lane waits, and the next one goes on", async () => {
  const seen: string[] = [];
  await using world = await openInbox({
    handle: async (update) => {
      seen.push(textOf(update));
      if (textOf(update) === "twice" && seen.length === 1) throw new AppError("the network", { code: "unavailable" });
    },
  });
  await using _inbox = world.start();
  world.write("twice");
  world.write("next");
  await eventually("both", () => seen.length === 3);
  assert.deepEqual(seen, ["twice", "twice", "next"]);
  assert.deepEqual(world.apologies, []);
});

test("a handler that hangs is left behind: its lane goes on, and the person is told", async () => {
  const seen: string[] = [];
  await using world = await openInbox({
    watchdogMs: 50,
    handle: async (update) => {
      seen.push(textOf(update));
      if (textOf(update) === "hang") await new Promise(() => {});
    },
  });
  await using _inbox = world.start();
  world.write("hang");
  world.write("next");
  await eventually("the next one", () => seen.includes("next"));
  assert.equal(world.apologies.length, 1);
  assert.deepEqual(seen, ["hang", "next"]);
});

test("an update that kills the process again and again is given up after five attempts", async () => {
  const seen: string[] = [];
  await using world = await openInbox({ handle: async (update) => void seen.push(textOf(update)) });
  const message = { message_id: 1, date: 0, chat: { id: 1001, type: "private", first_name: "C" }, text: "deadly" };
  const body = new Secret(JSON.stringify({ update_id: 5, message: { ...message, from: { id: 1001 } } }));
  storeUpdates(world.store, [{ updateId: 5, lane: "u1001", body }], new Date());
  world.store.sql("UPDATE inbox_updates SET attempts = 5").run();
  await using _inbox = world.start();
  await eventually("given up", () => world.apologies.length === 1);
  assert.deepEqual(seen, [], "it is not handled once more");
});

test("what was stored is handled by the next life, though Telegram has forgotten it", async () => {
  const seen: string[] = [];
  let dying = true;
  await using world = await openInbox({
    handle: async (update) => void seen.push(textOf(update)),
    onStep: (boundary) => {
      if (dying && boundary === "inbox:handle:before") throw new Error("killed here");
    },
  });
  process.once("unhandledRejection", () => {});
  {
    await using _first = world.start();
    world.write("kept");
    await eventually("stored", () => findNextUpdate(world.store, "u1001") !== null);
  }
  dying = false;
  await using _second = world.start();
  await eventually("handled", () => seen.length === 1);
  assert.deepEqual(seen, ["kept"]);
});

test("another poller, a lost token and a broken network are outlasted", async () => {
  const seen: string[] = [];
  await using world = await openInbox({ handle: async (update) => void seen.push(textOf(update)) });
  world.telegram.setFaults([
    { method: "getUpdates", kind: "status", status: 409, count: 1 },
    { method: "getUpdates", kind: "reset_before", count: 1 },
    { method: "getUpdates", kind: "status", status: 502, count: 1 },
  ]);
  await using _inbox = world.start();
  world.write("after all");
  await eventually("it arrives", () => seen.length === 1, { withinMs: 30_000 });
});
