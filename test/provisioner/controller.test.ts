/** When a key is reconciled: one run at a time, nudges coalesced, failures repeated, resync. Time is node's own timers'. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { AppError } from "#src/domain/errors.ts";
import { silentLogger } from "#src/domain/logger.ts";
import { Controller } from "#src/provisioner/controller.ts";

type Run = { key: string; finish: (againMs?: number | null) => void; fail: (error: Error) => void };

/** A loop whose runs the test finishes by hand. */
function createLoop(unsettled: string[] = []) {
  const runs: Run[] = [];
  const arrivals: ((run: Run) => void)[] = [];
  const loop = {
    name: "test",
    listUnsettled: async () => unsettled,
    reconcile: (key: string) =>
      new Promise<number | null>((resolve, reject) => {
        const run = { key, finish: (againMs: number | null = null) => resolve(againMs), fail: reject };
        runs.push(run);
        arrivals.shift()?.(run);
      }),
  };
  const next = (): Promise<Run> => {
    const { promise, resolve } = Promise.withResolvers<Run>();
    arrivals.push(resolve);
    return promise;
  };
  return { loop, runs, next };
}

const options = { logger: silentLogger, concurrency: 2, resyncMs: 60_000 };
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test("a key is never reconciled twice at the same time, and any number of nudges during a run cause one more", async () => {
  const { loop, runs } = createLoop();
  await using controller = new Controller(loop, options);
  controller.enqueue("a");
  for (let count = 0; count < 5; count += 1) controller.enqueue("a");
  assert.equal(runs.length, 1);
  runs[0]?.finish();
  await settle();
  assert.equal(runs.length, 2);
  runs[1]?.finish();
  await settle();
  assert.equal(runs.length, 2);
});

test("different keys run side by side, up to the concurrency", async () => {
  const { loop, runs } = createLoop();
  await using controller = new Controller(loop, options);
  for (const key of ["a", "b", "c"]) controller.enqueue(key);
  assert.deepEqual(
    runs.map((run) => run.key),
    ["a", "b"],
  );
  assert.equal(controller.status().waiting, 1);
  runs[0]?.finish();
  await settle();
  assert.deepEqual(
    runs.map((run) => run.key),
    ["a", "b", "c"],
  );
  runs[1]?.finish();
  runs[2]?.finish();
});

test("a failed run is repeated with a pause, and the status shows it meanwhile", async () => {
  const { loop, runs, next } = createLoop();
  await using controller = new Controller(loop, options);
  controller.enqueue("a");
  runs[0]?.fail(new AppError("Stripe does not answer.", { code: "unavailable" }));
  const again = next();
  await settle();
  assert.deepEqual(controller.status().failing, [{ key: "a", failures: 1, message: "Stripe does not answer." }]);
  (await again).finish();
  await settle();
  assert.deepEqual(controller.status().failing, []);
});

test("an invalid order stops until somebody nudges it", async (t) => {
  const { loop, runs } = createLoop();
  await using controller = new Controller(loop, options);
  t.mock.timers.enable({ apis: ["setTimeout"] });
  controller.enqueue("a");
  runs[0]?.fail(new AppError("Nothing to be done.", { code: "invalid" }));
  await settle();
  t.mock.timers.tick(50_000);
  assert.equal(runs.length, 1);
  controller.enqueue("a");
  assert.equal(runs.length, 2);
  runs[1]?.finish();
});

test("a run that asks to be looked at again is, and a nudge comes before its time", async (t) => {
  const { loop, runs } = createLoop();
  await using controller = new Controller(loop, options);
  t.mock.timers.enable({ apis: ["setTimeout"] });
  controller.enqueue("a");
  runs[0]?.finish(5000);
  await settle();
  t.mock.timers.tick(4999);
  assert.equal(runs.length, 1);
  t.mock.timers.tick(1);
  assert.equal(runs.length, 2);
  runs[1]?.finish(5000);
  await settle();
  controller.enqueue("a");
  assert.equal(runs.length, 3);
  runs[2]?.finish(null);
  await settle();
  t.mock.timers.tick(60_000);
  assert.equal(runs.length, 3);
});

test("starting is a resync: what is not settled is looked at, again and again", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const { loop, runs } = createLoop(["a"]);
  await using controller = new Controller(loop, options);
  controller.start();
  await settle();
  assert.equal(runs.length, 1);
  runs[0]?.finish();
  await settle();
  t.mock.timers.tick(60_000);
  await settle();
  assert.equal(runs.length, 2);
  runs[1]?.finish();
});

test("a stop takes up nothing more and waits for the run under way", async () => {
  const { loop, runs } = createLoop();
  const controller = new Controller(loop, { ...options, concurrency: 1 });
  controller.enqueue("a");
  controller.enqueue("b");
  let stopped = false;
  const stopping = controller[Symbol.asyncDispose]().then(() => {
    stopped = true;
  });
  await settle();
  assert.equal(stopped, false);
  runs[0]?.finish();
  await stopping;
  controller.enqueue("c");
  assert.deepEqual(
    runs.map((run) => run.key),
    ["a"],
  );
});
