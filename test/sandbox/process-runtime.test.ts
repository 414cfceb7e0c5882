/** What only local processes promise: one process per customer whatever is killed, a bare environment, nothing left over. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { isAppError } from "#src/domain/errors.ts";
import type { Runtime } from "#src/domain/ports/runtime.ts";
import type { CellCommand } from "#src/sandbox/process-runtime/command.ts";
import { hasEnvironment, listProcesses } from "#src/sandbox/process-runtime/process-table.ts";
import { eventually } from "#test/support/eventually.ts";
import { takeFreePort } from "#test/support/free-port.ts";
import { createTestCell, openTemporaryCells, toLabels } from "#test/support/temporary-cells.ts";

/** A program given as JavaScript in a cell's place. */
const scriptCommand = (script: string): CellCommand => ({
  prepare: () => Promise.resolve(),
  progress: () => null,
  toProcess: () => ({ file: process.execPath, args: ["-e", script], env: { CELL_OWN: "yes" } }),
});

const STAY = "setInterval(() => {}, 1000);";

/** Every living process that was started for this cell, launchers too. */
async function listCellProcesses(stateDir: string): Promise<number[]> {
  const pids = (await listProcesses()).map(({ pid }) => pid);
  const marked = await Promise.all(pids.map((pid) => hasEnvironment(pid, `OPENCLAW_STATE_DIR=${stateDir}`)));
  return pids.filter((_, index) => marked[index] === true);
}

/** The code is written down a moment after the process is gone. */
const hasExitCode = (runtime: Runtime, exitCode: number) =>
  eventually(`exit code ${exitCode}`, async () => {
    assert.deepEqual((await runtime.inspect("ada-bot"))?.exitCode, exitCode);
    return true;
  });

const needsProc = { skip: process.platform === "linux" ? false : "the process table shows environments on Linux only" };

test("twenty starts at once from five runtimes make one process", needsProc, async () => {
  await using cells = openTemporaryCells();
  const { stateDir } = await createTestCell(cells.open(), "ada-bot", await takeFreePort());
  const runtimes = Array.from({ length: 5 }, () => cells.open());
  const starts = Array.from({ length: 20 }, (_, index) => runtimes[index % 5]?.start("ada-bot"));
  await Promise.all(starts);
  await eventually("one process", async () => (await listCellProcesses(stateDir)).length === 1);
  assert.equal((await cells.open().inspect("ada-bot"))?.state, "running");
});

test(
  "a platform killed at any moment of a start leaves at most one process, and the next start finds it",
  needsProc,
  async () => {
    for (const afterMs of [0, 5, 20, 40, 60, 90, 130]) {
      await using cells = openTemporaryCells();
      const port = await takeFreePort();
      const { stateDir } = await createTestCell(cells.open(), "ada-bot", port);
      const platform = spawn(process.execPath, [START_AND_DIE, cells.customersDir, String(afterMs)], {
        stdio: "inherit",
      });
      const [, signal] = await once(platform, "exit");
      assert.equal(signal, "SIGKILL");
      const runtime = cells.open();
      await runtime.start("ada-bot");
      await eventually("one process", async () => (await listCellProcesses(stateDir)).length === 1);
      const cell = await runtime.inspect("ada-bot");
      assert.equal(cell?.state, "running", `killed after ${afterMs} ms`);
      await runtime.remove("ada-bot");
      assert.deepEqual(await listCellProcesses(stateDir), []);
    }
  },
);

test("a start that was under way when its cell was stopped or removed comes to nothing", needsProc, async () => {
  await using cells = openTemporaryCells();
  const runtime = cells.open();
  const port = await takeFreePort();
  const { stateDir } = await createTestCell(runtime, "ada-bot", port);
  const starting = runtime.start("ada-bot").catch((error: unknown) => error);
  await runtime.remove("ada-bot");
  await starting;
  await eventually("no process", async () => (await listCellProcesses(stateDir)).length === 0);
  assert.equal(await runtime.inspect("ada-bot"), null);
});

// A start that looked at the lock alone called itself off, now and then, before its launcher had used the ticket.
test("every start comes to a running cell, also when several start side by side", async () => {
  await using cells = openTemporaryCells();
  const runtime = cells.open(scriptCommand(`console.log("up"); ${STAY}`));
  const startAgainAndAgain = async (id: string): Promise<void> => {
    await createTestCell(runtime, id, await takeFreePort());
    for (let starts = 1; starts <= 8; starts += 1) {
      await runtime.start(id);
      await eventually(`output of start ${starts}`, async () => (await runtime.logs(id, 20)).length === starts);
      await runtime.stop(id, 5);
    }
  };
  await Promise.all(["ada-bot", "bob-bot", "cyd-bot", "dee-bot"].map(startAgainAndAgain));
});

test("a launcher whose start was called off ends without becoming the cell", async () => {
  await using cells = openTemporaryCells();
  await createTestCell(cells.open(), "ada-bot", await takeFreePort());
  const runtimeDir = join(cells.customersDir, "ada-bot", ".cell");
  const launch = async (): Promise<[code: number | null, output: string]> => {
    const args = [
      LAUNCHER,
      runtimeDir,
      "ticket-1",
      STARTED_AT,
      process.execPath,
      "-e",
      "console.log('became the cell')",
    ];
    const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", ...args]);
    const output = child.stdout.toArray();
    const [code] = (await once(child, "exit")) as [number | null];
    return [code, (await output).join("")];
  };
  assert.deepEqual(await launch(), [75, ""]);
  writeFileSync(join(runtimeDir, "ticket-1"), "");
  assert.deepEqual(await launch(), [0, "became the cell\n"]);
  assert.deepEqual(await launch(), [75, ""]);
});

test("a cell sees a bare environment and nothing of the platform's", async () => {
  process.env.PLATFORM_SECRET = "not for cells";
  await using cells = openTemporaryCells();
  const runtime = cells.open(scriptCommand(`console.log(JSON.stringify(process.env)); ${STAY}`));
  const place = await createTestCell(runtime, "ada-bot", await takeFreePort());
  await runtime.start("ada-bot");
  const line = await eventually("its output", async () => (await runtime.logs("ada-bot", 1))[0]);
  const { PATH, ...rest } = JSON.parse(line) as Record<string, string>;
  const runtimeDir = join(cells.customersDir, "ada-bot", ".cell");
  assert.match(PATH ?? "", /:\/usr\/bin:\/bin$/);
  assert.deepEqual(rest, {
    HOME: join(runtimeDir, "home"),
    TMPDIR: join(runtimeDir, "tmp"),
    OPENCLAW_STATE_DIR: place.stateDir,
    OPENCLAW_CONFIG_PATH: join(place.configDir, "openclaw.json"),
    CELL_OWN: "yes",
  });
});

test("directories are 0700 and files of the configuration 0600", async () => {
  await using cells = openTemporaryCells();
  const { configDir, stateDir } = await createTestCell(cells.open(), "ada-bot", 30_001);
  const mode = (path: string): number => statSync(path).mode & 0o777;
  assert.deepEqual([mode(configDir), mode(stateDir)], [0o700, 0o700]);
  for (const name of readdirSync(configDir)) assert.equal(mode(join(configDir, name)), 0o600, name);
});

test("a cell that does not heed SIGTERM is killed after its grace, and its exit code says so", async () => {
  await using cells = openTemporaryCells();
  const runtime = cells.open(scriptCommand(`process.on("SIGTERM", () => {}); console.log("up"); ${STAY}`));
  await createTestCell(runtime, "ada-bot", await takeFreePort());
  await runtime.start("ada-bot");
  await eventually("its output", async () => (await runtime.logs("ada-bot", 1))[0]);
  await runtime.stop("ada-bot", 0.2);
  assert.equal((await runtime.inspect("ada-bot"))?.state, "exited");
  await hasExitCode(runtime, 137);
});

test("SIGTERM reaches the cell alone, and what it does about it decides the exit code", async () => {
  await using cells = openTemporaryCells();
  const child = `require("node:child_process").spawn(process.execPath, ["-e", "${STAY}"], { stdio: "inherit" })`;
  const script = `const child = ${child}; child.on("spawn", () => console.log("up"));
    process.on("SIGTERM", () => { process.exit(child.exitCode === null && child.signalCode === null ? 7 : 8); });`;
  const runtime = cells.open(scriptCommand(script));
  await createTestCell(runtime, "ada-bot", await takeFreePort());
  await runtime.start("ada-bot");
  await eventually("its output", async () => (await runtime.logs("ada-bot", 1))[0]);
  await runtime.stop("ada-bot", 5);
  await hasExitCode(runtime, 7);
});

test("removing ends what a cell started in a group of its own", needsProc, async () => {
  await using cells = openTemporaryCells();
  const stray = `require("node:child_process").spawn(process.execPath, ["-e", "${STAY}"], { detached: true })`;
  const runtime = cells.open(scriptCommand(`${stray}.on("spawn", () => console.log("up")); ${STAY}`));
  const { stateDir } = await createTestCell(runtime, "ada-bot", await takeFreePort());
  await runtime.start("ada-bot");
  await eventually("its output", async () => (await runtime.logs("ada-bot", 1))[0]);
  assert.equal((await listCellProcesses(stateDir)).length, 2);
  await runtime.remove("ada-bot");
  assert.deepEqual(await listCellProcesses(stateDir), []);
});

test("a cell that ends by itself is exited with its code, and its last words are in the log", async () => {
  await using cells = openTemporaryCells();
  const port = await takeFreePort();
  await using other = createServer();
  const listen = `require("node:net").createServer().listen(${port}, "127.0.0.1")`;
  const runtime = cells.open(scriptCommand(`setTimeout(() => ${listen}, 500);`));
  await createTestCell(runtime, "ada-bot", port);
  await runtime.start("ada-bot");
  await new Promise<void>((resolve) => other.listen(port, "127.0.0.1", resolve));
  await hasExitCode(runtime, 1);
  assert.equal((await runtime.inspect("ada-bot"))?.state, "exited");
  assert.match((await runtime.logs("ada-bot", 100)).join("\n"), /EADDRINUSE/);
});

test("a pid in the lock that belongs to another program is not the cell", needsProc, async () => {
  await using cells = openTemporaryCells();
  const runtime = cells.open();
  await createTestCell(runtime, "ada-bot", await takeFreePort());
  const self = (await listProcesses()).find(({ pid }) => pid === process.pid);
  const lock = { pid: self?.pid, startTime: self?.startTime, startedAt: STARTED_AT };
  const file = join(cells.customersDir, "ada-bot", ".cell", "process-1.json");
  writeFileSync(file, JSON.stringify(lock));
  assert.equal((await runtime.inspect("ada-bot"))?.state, "exited");
  await runtime.remove("ada-bot");
});

test("while cells can't be made yet, creating says why, and a failed preparation is not the end", async () => {
  let words: string | null = "Installing: 3 s so far.";
  await using cells = openTemporaryCells();
  const runtime = cells.open({
    ...scriptCommand(STAY),
    progress: () => words,
    prepare: () => Promise.reject(new Error()),
  });
  assert.equal(runtime.notReady(), words);
  await assert.rejects(
    runtime.create(toLabels("ada-bot"), 30_001),
    (error) => isAppError(error, "unavailable") && error.message === words,
  );
  words = null;
  await runtime.create(toLabels("ada-bot"), 30_001);
  assert.equal(runtime.notReady(), null);
});

const STARTED_AT = "2026-01-01T00:00:00.000Z";
const LAUNCHER = join(import.meta.dirname, "../../src/sandbox/process-runtime/launcher.ts");
const START_AND_DIE = join(import.meta.dirname, "../support/start-and-die.ts");
