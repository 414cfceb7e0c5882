/**
 * What every runtime is held to (src/domain/ports/runtime.ts): with the thin cell always, and once through a cell's life with
 * real OpenClaw where it is installed. Local processes here; what only they promise is in test/sandbox/process-runtime.test.ts.
 */
import assert from "node:assert/strict";
import { readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { readGatewayHealth } from "#src/adapters/openclaw/health.ts";
import { isAppError } from "#src/domain/errors.ts";
import type { CellEvent } from "#src/domain/ports/runtime.ts";
import type { CellCommand } from "#src/sandbox/process-runtime/command.ts";
import { eventually } from "#test/support/eventually.ts";
import { takeFreePort } from "#test/support/free-port.ts";
import { openclawCommand, skipWithoutOpenclaw } from "#test/support/openclaw.ts";
import {
  createTestCell,
  gatewayToken,
  openTemporaryCells,
  toConfigFiles,
  toLabels,
} from "#test/support/temporary-cells.ts";
import { thinCellCommand } from "#test/support/thin-cell-command.ts";

const failsWith = (code: Parameters<typeof isAppError>[1]) => (error: unknown) => isAppError(error, code);

testRuntime("process runtime, thin cell", thinCellCommand());

test(
  "process runtime, OpenClaw: made, started, found again by another runtime, stopped and removed, its state kept",
  { timeout: 180_000, skip: await skipWithoutOpenclaw() },
  (t) => walkThroughLife(t, openclawCommand(), 120_000),
);

function testRuntime(name: string, command: CellCommand): void {
  test(`${name}: made, started, found again by another runtime, stopped and removed, its state kept`, (t) =>
    walkThroughLife(t, command, 10_000));

  test(`${name}: creating makes a cell that does not run; the same labels again change nothing`, async () => {
    await using cells = openTemporaryCells();
    const runtime = cells.open(command);
    const port = await takeFreePort();
    await runtime.create(toLabels("ada-bot"), port);
    await runtime.create(toLabels("ada-bot"), port);
    const cell = { labels: toLabels("ada-bot"), port, state: "created", startedAt: null, exitCode: null };
    assert.deepEqual(await runtime.inspect("ada-bot"), cell);
    assert.deepEqual(await runtime.list(), [cell]);
  });

  test(`${name}: another attempt's cell in the way is a conflict, and stays as it is`, async () => {
    await using cells = openTemporaryCells();
    const runtime = cells.open(command);
    await runtime.create(toLabels("ada-bot"), 30_001);
    await assert.rejects(runtime.create(toLabels("ada-bot", { attempt: "attempt-2" }), 30_001), failsWith("conflict"));
    await assert.rejects(runtime.create(toLabels("ada-bot", { specHash: "spec-2" }), 30_001), failsWith("conflict"));
    assert.equal((await runtime.inspect("ada-bot"))?.labels.attempt, "attempt-1");
  });

  test(`${name}: two attempts that create at once make one cell`, async () => {
    await using cells = openTemporaryCells();
    const attempts = ["one", "two", "three", "four"].map((attempt) => toLabels("ada-bot", { attempt }));
    const results = await Promise.allSettled(attempts.map((labels) => cells.open(command).create(labels, 30_001)));
    assert.equal(results.filter(({ status }) => status === "fulfilled").length, 1);
    assert.equal((await cells.open(command).list()).length, 1);
  });

  test(`${name}: without a cell, what needs one is not_found and what ends one has no effect`, async () => {
    await using cells = openTemporaryCells();
    const runtime = cells.open(command);
    assert.equal(await runtime.inspect("ada-bot"), null);
    assert.equal(await runtime.stats("ada-bot"), null);
    await runtime.stop("ada-bot", 1);
    await runtime.remove("ada-bot");
    await assert.rejects(runtime.start("ada-bot"), failsWith("not_found"));
    await assert.rejects(runtime.logs("ada-bot", 5), failsWith("not_found"));
    await assert.rejects(runtime.readTree("ada-bot", "workspace"), failsWith("not_found"));
    await assert.rejects(runtime.writeFiles("ada-bot", new Map(), { onlyMissing: true }), failsWith("not_found"));
  });

  test(`${name}: a port that somebody else listens on is a conflict`, async () => {
    await using cells = openTemporaryCells();
    const runtime = cells.open(command);
    const port = await takeFreePort();
    await createTestCell(runtime, "ada-bot", port);
    await using other = createServer();
    await new Promise<void>((resolve) => other.listen(port, "127.0.0.1", resolve));
    await assert.rejects(runtime.start("ada-bot"), failsWith("conflict"));
    assert.equal((await runtime.inspect("ada-bot"))?.state, "created");
  });

  test(`${name}: starting twice at once, and again, is one start; a start after a stop is another`, async () => {
    await using cells = openTemporaryCells();
    const runtime = cells.open(command);
    await createTestCell(runtime, "ada-bot", await takeFreePort());
    await Promise.all([runtime.start("ada-bot"), runtime.start("ada-bot"), cells.open(command).start("ada-bot")]);
    const first = await runtime.inspect("ada-bot");
    await runtime.start("ada-bot");
    assert.deepEqual(await runtime.inspect("ada-bot"), first);
    assert.equal(first?.state, "running");
    await runtime.stop("ada-bot", 5);
    await runtime.stop("ada-bot", 5);
    assert.equal((await runtime.inspect("ada-bot"))?.state, "exited");
    await runtime.start("ada-bot");
    const second = await runtime.inspect("ada-bot");
    assert.equal(second?.state, "running");
    assert.notEqual(second?.startedAt, first?.startedAt);
  });

  test(`${name}: a cell that runs can be removed at once`, async () => {
    await using cells = openTemporaryCells();
    const runtime = cells.open(command);
    const place = await createTestCell(runtime, "ada-bot", await takeFreePort());
    await runtime.start("ada-bot");
    await runtime.remove("ada-bot");
    assert.equal(await runtime.inspect("ada-bot"), null);
    assert.deepEqual(await runtime.list(), []);
    assert.deepEqual(await readGatewayHealth(place.gatewayUrl, gatewayToken), { kind: "unreachable" });
  });

  test(`${name}: started, exited and removed are told as events`, async () => {
    await using cells = openTemporaryCells();
    const runtime = cells.open(command);
    await createTestCell(runtime, "ada-bot", await takeFreePort());
    const events: CellEvent[] = [];
    const watching = new AbortController();
    runtime.events((event) => events.push(event), watching.signal);
    const untilTold = (kind: CellEvent["kind"]) =>
      eventually(kind, () => events.some((event) => event.kind === kind && event.id === "ada-bot"));
    await eventually("the first look", async () => {
      await runtime.start("ada-bot");
      if (events.length === 0) await runtime.stop("ada-bot", 5);
      return events.length > 0;
    });
    await runtime.start("ada-bot");
    await untilTold("started");
    await runtime.stop("ada-bot", 5);
    await untilTold("exited");
    await runtime.remove("ada-bot");
    await untilTold("removed");
    watching.abort();
  });

  testFiles(name, command);
}

function testFiles(name: string, command: CellCommand): void {
  test(`${name}: configuration may be written before the cell is made, and reads back; missing files are null`, async () => {
    await using cells = openTemporaryCells();
    const runtime = cells.open(command);
    assert.deepEqual(await runtime.readConfig("ada-bot"), { "openclaw.json": null, "secrets.json": null });
    const files = { "openclaw.json": "{}\n", "secrets.json": '{"a":"ü"}' };
    await runtime.writeConfig("ada-bot", files);
    await runtime.writeConfig("ada-bot", files);
    assert.deepEqual(await runtime.readConfig("ada-bot"), files);
    assert.deepEqual(await runtime.list(), []);
  });

  test(`${name}: files are written with their parents, kept when only missing ones are wanted, else replaced`, async () => {
    await using cells = openTemporaryCells();
    const runtime = cells.open(command);
    await runtime.create(toLabels("ada-bot"), 30_001);
    const write = (text: string, onlyMissing: boolean) =>
      runtime.writeFiles("ada-bot", new Map([["workspace/memory/a.md", text]]), { onlyMissing });
    const read = async () =>
      (await runtime.readTree("ada-bot", "workspace")).map(({ path, kind, content }) => [
        path,
        kind,
        content?.toString(),
      ]);
    await write("one", true);
    await write("two", true);
    assert.deepEqual(await read(), [
      ["workspace/memory", "directory", undefined],
      ["workspace/memory/a.md", "file", "one"],
    ]);
    await write("two", false);
    assert.equal((await read())[1]?.[2], "two");
    assert.deepEqual(await runtime.readTree("ada-bot", "workspace/nothing"), []);
  });

  test(`${name}: a path that leaves its directory is invalid`, async () => {
    await using cells = openTemporaryCells();
    const runtime = cells.open(command);
    await runtime.create(toLabels("ada-bot"), 30_001);
    for (const path of [
      "../config/secrets.json",
      "/etc/passwd",
      "workspace/../../x",
      "workspace//x",
      "./x",
      "",
      "a\0b",
    ]) {
      const files = new Map([[path, "x"]]);
      await assert.rejects(runtime.writeFiles("ada-bot", files, { onlyMissing: false }), failsWith("invalid"), path);
    }
    for (const path of ["..", "/", "workspace/.."]) {
      await assert.rejects(runtime.readTree("ada-bot", path), failsWith("invalid"), path);
    }
    await assert.rejects(runtime.inspect("../ada-bot"), failsWith("invalid"));
  });

  test(`${name}: a link that the tenant planted is seen as a link, and never followed`, async () => {
    await using cells = openTemporaryCells();
    const runtime = cells.open(command);
    const { workspaceDir } = runtime.place("ada-bot", 30_001);
    await runtime.create(toLabels("ada-bot"), 30_001);
    const outside = join(cells.customersDir, "outside");
    writeFileSync(outside, "untouched");
    symlinkSync(cells.customersDir, join(workspaceDir, "directory-link"));
    symlinkSync(outside, join(workspaceDir, "USER.md"));
    for (const path of ["workspace/directory-link/outside", "workspace/directory-link/new/file"]) {
      for (const onlyMissing of [true, false]) {
        const written = runtime.writeFiles("ada-bot", new Map([[path, "x"]]), { onlyMissing });
        await assert.rejects(written, failsWith("invalid"));
      }
    }
    // Whether such a link is refused or replaced is the runtime's own affair; its target is nobody's.
    await runtime.writeFiles("ada-bot", new Map([["workspace/USER.md", "x"]]), { onlyMissing: false }).catch(() => {});
    await assert.rejects(runtime.readTree("ada-bot", "workspace/directory-link"), failsWith("invalid"));
    const tree = await runtime.readTree("ada-bot", "workspace");
    assert.deepEqual(
      tree.filter(({ path }) => path.startsWith("workspace/directory-link")),
      [{ path: "workspace/directory-link", kind: "link", content: null }],
    );
    assert.equal(readFileSync(outside, "utf8"), "untouched");
  });
}

async function walkThroughLife(t: TestContext, command: CellCommand, bootMs: number): Promise<void> {
  await using cells = openTemporaryCells();
  const runtime = cells.open(command);
  const port = await takeFreePort();
  const place = runtime.place("ada-bot", port);
  await runtime.writeConfig("ada-bot", toConfigFiles(place, { ownerTelegramId: null }));
  await runtime.create(toLabels("ada-bot"), port);
  await runtime.writeFiles("ada-bot", new Map([["workspace/USER.md", "Ada"]]), { onlyMissing: true });
  assert.deepEqual(await readGatewayHealth(place.gatewayUrl, gatewayToken), { kind: "unreachable" });

  const spawnedAt = performance.now();
  await runtime.start("ada-bot");
  const started = { kind: "started", channel: { kind: "off" } };
  await eventually(
    "a started gateway",
    async () => assert.deepEqual(await readGatewayHealth(place.gatewayUrl, gatewayToken), started) ?? true,
    { withinMs: bootMs },
  );
  t.diagnostic(`started after ${Math.round(performance.now() - spawnedAt)} ms`);
  assert.ok(((await runtime.stats("ada-bot"))?.memoryBytes ?? 0) > 20_000_000);

  const next = cells.open(command);
  const found = await next.inspect("ada-bot");
  assert.equal(found?.state, "running");
  await next.start("ada-bot");
  assert.deepEqual(await next.inspect("ada-bot"), found);

  await next.stop("ada-bot", 30);
  const stopped = await runtime.inspect("ada-bot");
  assert.deepEqual(stopped && { ...stopped, exitCode: 0 }, { ...found, state: "exited", exitCode: 0 });
  assert.ok(stopped?.exitCode === 0 || stopped?.exitCode === null);
  assert.ok(Array.isArray(await next.logs("ada-bot", 5)));
  assert.deepEqual(await readGatewayHealth(place.gatewayUrl, gatewayToken), { kind: "unreachable" });

  await next.remove("ada-bot");
  await next.remove("ada-bot");
  assert.deepEqual(await runtime.list(), []);
  await runtime.create(toLabels("ada-bot", { attempt: "attempt-2" }), port);
  const kept = (await runtime.readTree("ada-bot", "workspace")).find(({ path }) => path === "workspace/USER.md");
  assert.equal(kept?.content?.toString(), "Ada");
}
