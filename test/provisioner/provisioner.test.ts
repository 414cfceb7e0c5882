/** The loops together: the order as a trace of decisions, what goes wrong on the way, and crashes at every boundary. */
import assert from "node:assert/strict";
import { createServer } from "node:net";
import { test } from "node:test";
import { findReservation } from "#src/store/assistant-status.ts";
import { countSeats } from "#src/store/checkout-attempts.ts";
import { eventually } from "#test/support/eventually.ts";
import { openWorld } from "./world.ts";

const count = (texts: string[], pattern: RegExp): number => texts.filter((text) => pattern.test(text)).length;

test("an order is the same sequence of decisions, and ends with a connected channel and a word about it", async () => {
  await using world = await openWorld();
  const { id } = world.order();
  await world.pay(id);
  await world.active(id);
  await world.sees(/Alex is live/);
  const made = world.steps.filter((step) => !/^(wait|done|send|edit|finish_events)/.test(step));
  assert.deepEqual(made, [
    "create_stripe_customer: checkout_wanted",
    "plan_session: checkout_wanted",
    "create_session: checkout_wanted",
    "grant: paid",
    "reserve: no_port",
    "write_config: config_differs",
    "create_cell: no_cell",
    "write_workspace: files_missing",
    "start_cell: created",
    "mark_ready: channel_connected",
  ]);
});

test("a settled customer reconciled ten times yields done, in each loop", async () => {
  await using world = await openWorld();
  const { id } = world.order();
  await world.pay(id);
  await world.sees(/^Alex is ready/);
  await world.sees(/Alex is live/);
  const { billing, assistant, messages } = world.provisioner();
  await eventually("rest", () => [billing, assistant, messages].every((loop) => loop.status().running === 0));
  world.steps.length = 0;
  for (let round = 0; round < 10; round += 1) {
    billing.enqueue(id);
    assistant.enqueue(id);
    messages.enqueue("chat:1001");
    await eventually("the round", () => world.steps.length >= 3 * (round + 1), { everyMs: 5 });
  }
  assert.deepEqual([...new Set(world.steps)].sort(), ["done: all_said", "done: ready", "done: settled"]);
});

test("crashed in-process at every boundary, an order ends the same", { timeout: 240_000 }, async (t) => {
  const boundaries: string[] = [];
  {
    await using world = await openWorld({
      onStep: ({ loop, step, when }) => boundaries.push(`${loop}:${step}:${when}`),
    });
    const { id } = world.order();
    await world.pay(id);
    await world.sees(/^Alex is ready/);
    await world.sees(/Alex is live/);
  }
  for (const boundary of new Set(boundaries)) {
    await t.test(boundary, async () => {
      let armed = true;
      await using world = await openWorld({
        onStep: ({ loop, step, when }) => {
          if (!armed || `${loop}:${step}:${when}` !== boundary) return;
          armed = false;
          throw new Error("crashed here");
        },
      });
      const { id } = world.order();
      const crashed = eventually("the crash", () => !armed, { everyMs: 1 }).then(() => world.crash());
      await world.pay(id);
      await crashed;
      await world.active(id);
      await world.sees(/Alex is live/);
      await world.sees(/^Alex is ready/);
      assert.equal((await world.runtime.list()).length, 1, "one cell");
      assert.equal(count(world.chat(), /^(Setting up|Alex is ready)/), 1, "one progress message");
      assert.equal(count(world.chat(), /Alex is live/), 1, "one ready message");
      assert.equal(world.stripe.readState().checkouts.length, 1, "one checkout session");
    });
  }
});

test("a port that another program takes before the start is given up for the next one", async () => {
  const thief = createServer();
  await using world = await openWorld({
    onStep: ({ step, when }) => {
      if (step === "start_cell" && when === "before" && !thief.listening) thief.listen(world.port, "127.0.0.1");
    },
  });
  try {
    const { id } = world.order();
    await world.pay(id);
    await world.active(id);
    assert.notEqual(findReservation(world.store, id)?.port, world.port);
    assert.equal((await world.runtime.list()).length, 1);
  } finally {
    thief.close();
  }
});

test("a bot that another program polls is not called ready; the person is told why, and it ends well by itself", async () => {
  await using world = await openWorld();
  const { id, username, token } = world.order();
  world.telegram.setFaults([{ method: "getUpdates", kind: "status", status: 409, count: 40, bot: username }]);
  await world.pay(id);
  await world.sees(/Another program is using @alex_bot/);
  assert.equal(world.customer(id).status, "provisioning");
  world.telegram.setFaults([]);
  await eventually("active at last", () => world.customer(id).status === "active", { withinMs: 60_000 });
  assert.ok(!JSON.stringify(world.steps).includes(token));
});

test("an order that is not served in time is told to the customer and the operator once, and is served all the same", async () => {
  await using world = await openWorld();
  const { id, username } = world.order();
  world.telegram.setFaults([{ method: "getUpdates", kind: "status", status: 409, count: 60, bot: username }]);
  await world.pay(id);
  await world.sees(/^Setting up/);
  world.advance(16);
  await world.sees(/takes longer than the 15 minutes/);
  await world.sees(/paid and not served after 15 minutes/, "operator");
  world.advance(60);
  world.telegram.setFaults([]);
  await eventually("active at last", () => world.customer(id).status === "active", { withinMs: 60_000 });
  assert.equal(count(world.chat(), /takes longer than the 15/), 1);
  assert.equal(count(world.chat("operator"), /not served/), 1);
});

test("a hold that ends frees the seat once Stripe's page is closed, and the person is told that nothing was charged", async () => {
  await using world = await openWorld();
  const { id } = world.order();
  await world.session(id);
  assert.equal(countSeats(world.store), 1);
  world.advance(32);
  await world.sees(/has run out, and nothing was charged/);
  assert.equal(countSeats(world.store), 0);
  assert.equal(world.stripe.readState().checkouts[0]?.status, "expired");
});

test("somebody who blocked the bot is served without a word, and nothing is tried for ever", async () => {
  await using world = await openWorld();
  const { id } = world.order();
  world.telegram.block({ user: "customer", bot: "BlytzBot" });
  await world.pay(id);
  await world.active(id);
  await eventually("rest", () => world.provisioner().messages.status().running === 0);
  assert.deepEqual(world.provisioner().messages.status().failing, []);
});

test("a cell that dies is started again, and its person's files are as they were", async () => {
  await using world = await openWorld();
  const { id } = world.order();
  await world.pay(id);
  await world.sees(/Alex is live/);
  await world.runtime.writeFiles(id, new Map([["workspace/MEMORY.md", "kept"]]), { onlyMissing: false });
  const before = await world.runtime.inspect(id);
  world.advance(1);
  await world.runtime.stop(id, 0);
  await eventually("another start", async () => {
    const cell = await world.runtime.inspect(id);
    return cell?.state === "running" && cell.startedAt !== before?.startedAt;
  });
  const files = await world.runtime.readTree(id, "workspace");
  assert.equal(files.find((file) => file.path === "workspace/MEMORY.md")?.content?.toString(), "kept");
  assert.equal(count(world.chat(), /Alex is live/), 1, "it is told once");
});

test("Telegram and Stripe that fail for a while only cost time", async () => {
  await using world = await openWorld();
  world.stripe.setFaults([{ method: "*", kind: "status", status: 500, count: 4 }]);
  const { id } = world.order();
  await world.pay(id);
  world.telegram.setFaults([{ method: "sendMessage", kind: "status", status: 502, count: 2, bot: "BlytzBot" }]);
  await world.sees(/Alex is live/);
  assert.equal(world.customer(id).status, "active");
});
