/**
 * The kill matrix: the control plane is killed with SIGKILL at each boundary of a first order, taken from a recorded run:
 * before and after each step, and where Stripe, the runtime or Telegram has answered and nothing is recorded yet. Each
 * order must end like the one that nobody disturbed. Cells are thin; every process and every kill is real.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { hasEnvironment, listProcesses } from "#src/sandbox/process-runtime/process-table.ts";
import { eventually } from "#test/support/eventually.ts";
import {
  confirm,
  createPerson,
  GOOD_CARD,
  openCheckout,
  type Person,
  payFor,
  tellEverything,
} from "#test/support/person.ts";
import { startTestSandbox, type TestSandbox } from "#test/support/sandbox.ts";
import { countInterrupted } from "#test/support/trace.ts";

const WITHIN = { withinMs: 60_000 };
const READY = /is live/;
const PROGRESS = /^(Setting up|Jarvis is ready)/;

const countMessages = (person: Person, pattern: RegExp): number =>
  person.messages().filter((one) => one.from === "bot" && pattern.test(one.text ?? "")).length;

/** `from`: where the order begins in the trace. */
type Order = { person: Person; bot: string; from: number };

/** One whole order of a new person with a new bot, ending with an answer from the assistant. */
async function order(sandbox: TestSandbox, number: number): Promise<Order> {
  const from = sandbox.readTrace().length;
  const bot = `matrix_${number}_bot`;
  const person = createPerson(sandbox, `person${number}`);
  await tellEverything(sandbox, person, bot);
  await payFor(sandbox, await confirm(person));
  await person.sees(READY, WITHIN);
  person.write("hello", bot);
  await person.sees(/freelance developer/, { bot, ...WITHIN });
  return { person, bot, from };
}

async function countProcesses(sandbox: TestSandbox, id: string): Promise<number> {
  const mark = `OPENCLAW_STATE_DIR=${join(sandbox.customersDir, id, ".openclaw")}`;
  const found = await Promise.all((await listProcesses()).map(({ pid }) => hasEnvironment(pid, mark)));
  return found.filter(Boolean).length;
}

/** A second progress or ready message is right only where the trace of the order shows that its sending was cut in half. */
async function assertServedOnce(sandbox: TestSandbox, { person, bot, from }: Order, killedAt: string): Promise<void> {
  const id = bot.replaceAll("_", "-");
  assert.equal((await sandbox.listCells()).filter((cell) => cell.labels.id === id).length, 1, "one cell");
  assert.equal(await countProcesses(sandbox, id), 1, "one process");
  await eventually("the progress message says ready", () => countMessages(person, /^Jarvis is ready/) === 1, WITHIN);
  const trace = sandbox.readTrace().slice(from);
  const cut = (step: string): number =>
    killedAt === `messages:${step}:before` ? 0 : countInterrupted(trace, `messages:${step}`);
  assert.ok(countMessages(person, PROGRESS) <= 1 + cut("send_progress"), "one progress message");
  assert.ok(countMessages(person, READY) <= 1 + cut("send"), "one ready message");
  const { checkouts } = sandbox.stripe.readState();
  const own = checkouts.filter((one) => one.client_reference_id === id);
  assert.equal(own.length, 1, "one checkout session");
  assert.equal(new Set(checkouts.map((one) => one.customer)).size, checkouts.length, "one Stripe customer each");
}

test("the control plane killed at each boundary of a first order ends it the same", { timeout: 900_000 }, async (t) => {
  await using stack = new AsyncDisposableStack();
  const sandboxes = await Promise.all(
    [0, 1].map(async () => stack.use(await startTestSandbox("thin", { MAX_CUSTOMERS: "90" }))),
  );
  const [recorded] = sandboxes;
  assert.ok(recorded);
  await assertServedOnce(recorded, await order(recorded, 0), "nowhere");
  const boundaries = [...new Set(recorded.readTrace())];
  assert.ok(boundaries.length >= 35, `a whole order has boundaries: ${boundaries.join(", ")}`);

  const disturb = (sandbox: TestSandbox, boundary: string, number: number) =>
    t.test(`killed at ${boundary}`, async () => {
      const starts = sandbox.controlPlane.starts();
      sandbox.killAt(boundary);
      const disturbed = await order(sandbox, number);
      await eventually("it was killed and came back", () => sandbox.controlPlane.starts() === starts + 1, WITHIN);
      await assertServedOnce(sandbox, disturbed, boundary);
    });
  // Two sandboxes side by side, each with its share: most of an order's time is waiting.
  await Promise.all(
    sandboxes.map(async (sandbox, share) => {
      for (const [index, boundary] of boundaries.entries()) {
        if (index % sandboxes.length === share) await disturb(sandbox, boundary, index + 1);
      }
    }),
  );
});

test("a kill between Telegram's acceptance of the ready message and our record of it is the one that doubles it", {
  timeout: 120_000,
}, async () => {
  await using sandbox = await startTestSandbox("thin");
  const person = createPerson(sandbox, "customer");
  await tellEverything(sandbox, person, "doubled_bot");
  const session = await openCheckout(await confirm(person));
  // Of the two messages that follow the payment, Telegram's answers come late; the progress message's is waited for.
  const late = { method: "sendMessage", kind: "delay_after", delay_ms: 4000, count: 2, bot: sandbox.platformBot };
  sandbox.telegram.setFaults([late]);
  sandbox.stripe.pay({ session, card: GOOD_CARD });
  await person.sees(READY, WITHIN);
  await eventually("the progress message is recorded", () =>
    sandbox.readTrace().includes("messages:send_progress:after"),
  );
  assert.equal(countMessages(person, READY), 1, "Telegram accepted it once");
  assert.equal(countInterrupted(sandbox.readTrace(), "messages:send"), 1, "and we have not recorded it");
  await sandbox.controlPlane.kill(0);
  await eventually("the second one", () => countMessages(person, READY) === 2, WITHIN);
  await eventually("the progress message says ready", () => countMessages(person, /^Jarvis is ready/) === 1, WITHIN);
  assert.equal(countMessages(person, PROGRESS), 1, "one progress message");
});
