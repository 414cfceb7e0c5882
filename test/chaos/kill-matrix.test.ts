/**
 * The kill matrix: the control plane is killed with SIGKILL at each step boundary of a first order, taken from a recorded
 * run, and each order must end like the one that nobody disturbed. Cells are thin; every process and every kill is real.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
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

const countMessages = (person: Person, pattern: RegExp): number =>
  person.messages().filter((one) => one.from === "bot" && pattern.test(one.text ?? "")).length;

const READY = /is live<?/;
const PROGRESS = /^(Setting up|Jarvis is ready)/;

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

/** A second progress or ready message is right only where the trace of the order shows that its sending was cut in half. */
async function assertServedOnce(sandbox: TestSandbox, { person, bot, from }: Order): Promise<void> {
  const id = bot.replaceAll("_", "-");
  const cells = (await sandbox.listCells()).filter((cell) => cell.labels.id === id);
  assert.equal(cells.length, 1, "one cell");
  await eventually("the progress message says ready", () => countMessages(person, /^Jarvis is ready/) === 1, WITHIN);
  const trace = sandbox.readTrace().slice(from);
  const cut = (step: string): number => countInterrupted(trace, `messages:${step}`);
  assert.ok(countMessages(person, PROGRESS) <= 1 + cut("send_progress"), "one progress message");
  assert.ok(countMessages(person, READY) <= 1 + cut("send"), "one ready message");
  const checkouts = sandbox.stripe.readState().checkouts.filter((one) => one.client_reference_id === id);
  assert.equal(checkouts.length, 1, "one checkout session");
}

test("the control plane killed at each step boundary of a first order ends it the same", {
  timeout: 900_000,
}, async (t) => {
  await using sandbox = await startTestSandbox("thin", { MAX_CUSTOMERS: "90" });
  await assertServedOnce(sandbox, await order(sandbox, 0));
  const boundaries = [...new Set(sandbox.readTrace())];
  assert.ok(boundaries.length >= 20, `a whole order has boundaries: ${boundaries.join(", ")}`);

  for (const [index, boundary] of boundaries.entries()) {
    await t.test(`killed at ${boundary}`, async () => {
      const starts = sandbox.controlPlane.starts();
      sandbox.killAt(boundary);
      const disturbed = await order(sandbox, index + 1);
      await eventually("it was killed and came back", () => sandbox.controlPlane.starts() === starts + 1, WITHIN);
      await assertServedOnce(sandbox, disturbed);
    });
  }
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
