/** A settled world is left alone: ten resyncs later database, cells, chats and outside effects are the same to the byte. */
import assert from "node:assert/strict";
import { test } from "node:test";
import Database from "better-sqlite3";
import { eventually } from "#test/support/eventually.ts";
import { confirm, createPerson, payFor, tellEverything } from "#test/support/person.ts";
import { startTestSandbox, type TestSandbox } from "#test/support/sandbox.ts";

const CHANGING = /^(POST|DELETE) |^(send|edit|delete|set)/;

/** Everything that a needless operation would change. */
async function fingerprint(sandbox: TestSandbox): Promise<unknown> {
  const db = new Database(sandbox.databasePath, { readonly: true });
  const tables = db
    .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")
    .pluck()
    .all() as string[];
  const rows = tables.map((table) => [table, db.prepare(`SELECT * FROM "${table}"`).all()]);
  db.close();
  const calls = [
    ...sandbox.stripe.calls().map(({ method, path }) => `${method} ${path}`),
    ...sandbox.telegram.calls().map(({ method }) => method),
  ];
  return {
    rows,
    cells: await sandbox.listCells(),
    chat: sandbox.telegram.readChat({ user: "customer", bot: sandbox.platformBot }),
    effects: calls.filter((call) => CHANGING.test(call)),
  };
}

test("ten resyncs of a settled world, and a restart, change nothing at all", { timeout: 120_000 }, async () => {
  await using sandbox = await startTestSandbox("thin");
  const person = createPerson(sandbox, "customer");
  await tellEverything(sandbox, person, "settled_bot");
  await payFor(sandbox, await confirm(person));
  await person.sees(/is live/);
  await eventually("the last edit", () => person.messages().some((one) => /^Jarvis is ready/.test(one.text ?? "")));
  await eventually("every event delivered", () =>
    sandbox.stripe.readState().events.every(({ delivered }) => delivered),
  );
  await eventually("every event looked at", () => sandbox.readTrace().includes("billing:finish_events:after"));
  await sandbox.waitForResync();
  const readSteps = (): string[] => sandbox.readTrace().filter((one) => !one.endsWith(":answered"));
  const steps = readSteps().length;
  const before = await fingerprint(sandbox);
  for (let count = 0; count < 10; count += 1) await sandbox.waitForResync();
  assert.deepEqual(readSteps().slice(steps), [], "every decision was done");
  assert.deepEqual(await fingerprint(sandbox), before);

  await sandbox.controlPlane.kill(0);
  await eventually("it serves again", async () => (await fetch(`${sandbox.platformUrl}/health`)).ok);
  await sandbox.waitForResync();
  assert.deepEqual(readSteps().slice(steps), [], "a new life has nothing to mend");
  assert.deepEqual(await fingerprint(sandbox), before);
});
