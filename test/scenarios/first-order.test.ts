/**
 * The whole path on real OpenClaw, from /start to an answer that shows it knows its person, with the control plane killed
 * before and after the step that starts the cell, and dead while a live assistant is written to.
 */
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { eventually } from "#test/support/eventually.ts";
import { skipWithoutOpenclaw } from "#test/support/openclaw.ts";
import { confirm, createPerson, payFor, tellEverything } from "#test/support/person.ts";
import { startTestSandbox, type TestSandbox } from "#test/support/sandbox.ts";
import { countInterrupted } from "#test/support/trace.ts";

const BOOT_MS = 180_000;

test("from /start to an answer of a real OpenClaw gateway, through kills on the way, and while the control plane is dead", {
  timeout: 600_000,
  skip: await skipWithoutOpenclaw(),
}, async () => {
  await using sandbox = await startTestSandbox("openclaw");
  const person = createPerson(sandbox, "customer");
  await tellEverything(sandbox, person, "jarvis_real_bot");
  const payUrl = await confirm(person);
  sandbox.killAt("assistant:start_cell:before");
  await payFor(sandbox, payUrl);
  await eventually("a kill before the start", () => sandbox.controlPlane.starts() === 2, { withinMs: 60_000 });
  sandbox.killAt("assistant:start_cell:after");
  await eventually("a kill after the start", () => sandbox.controlPlane.starts() === 3, { withinMs: 60_000 });
  await person.sees(/Jarvis is live/, { withinMs: BOOT_MS });

  const cells = await sandbox.listCells();
  assert.equal(cells.length, 1, "one cell");
  const count = (pattern: RegExp) => person.messages().filter((one) => pattern.test(one.text ?? "")).length;
  assert.equal(count(/Jarvis is live/), 1, "one ready message");
  const doubled = countInterrupted(sandbox.readTrace(), "messages:send_progress");
  assert.equal(
    count(/^(Setting up|Jarvis is ready)/),
    1 + doubled,
    "one progress message, but for a kill amid sending",
  );

  const bot = "jarvis_real_bot";
  const id = "jarvis-real-bot";
  person.write("/start hello", bot);
  const answer = await person.sees(/freelance developer in Lisbon/, { bot, withinMs: BOOT_MS });
  assert.match(answer.text ?? "", /Jarvis/);
  assert.equal(person.messages(bot).filter((one) => one.from === "bot").length, 1, "one answer to one message");

  await sandbox.controlPlane.kill(3600);
  const before = person.messages(bot).length;
  person.write("What did I ask you to help with?", bot);
  await person.sees(/proposals|freelance/i, { bot, after: before + 1, withinMs: BOOT_MS });
  assert.equal(sandbox.controlPlane.pid(), null, "the control plane was dead all the while");

  const calls = sandbox.model.calls();
  assert.ok(calls.length >= 2 && calls.every((call) => call.key === "ok"), "the provider saw its own key only");

  const providerKey = readProviderKey(sandbox.dir);
  assert.deepEqual(findHolders(sandbox, providerKey), [], "no file or environment of a cell holds the provider's key");
  const cellKey = /blytz_vk_[\w-]{43}/.exec(
    readFileSync(join(sandbox.customersDir, id, "config/secrets.json"), "utf8"),
  );
  assert.notDeepEqual(findHolders(sandbox, cellKey?.[0] ?? "?"), [], "the search does find what is there");

  const stranger = createPerson(sandbox, "stranger");
  stranger.write("hello, whose bot is this?", bot);
  person.write("Are you still there?", bot);
  await person.sees(/still there/, { bot, after: person.messages(bot).length, withinMs: BOOT_MS });
  assert.deepEqual(
    stranger.messages(bot).filter((one) => one.from === "bot"),
    [],
    "a stranger gets no answer",
  );
});

function readProviderKey(dir: string): string {
  const saved = JSON.parse(readFileSync(join(dir, "stand-ins.json"), "utf8")) as { keys: { model: string } };
  assert.match(saved.keys.model, /^sk-sandbox-\w{40,}$/);
  return saved.keys.model;
}

/** Files below the customers' directory, and environments of the processes that run from there, that hold the text. */
function findHolders({ customersDir }: TestSandbox, text: string): string[] {
  const files = readdirSync(customersDir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
  const environments = (existsSync("/proc") ? readdirSync("/proc") : [])
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => `/proc/${pid}/environ`);
  return [...files, ...environments].filter((path) => {
    try {
      const bytes = readFileSync(path);
      return bytes.includes(text) && (!path.startsWith("/proc/") || bytes.includes(customersDir));
    } catch {
      // The process has ended, or the file is gone.
      return false;
    }
  });
}
