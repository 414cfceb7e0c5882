/**
 * Starting a cell: ticket, port probe, spawn, and waiting until the launcher has become the cell. That only one process ever
 * becomes the cell is the launcher's doing (launcher.ts); this side may race, repeat or die at any line.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { constants } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { AppError } from "#src/domain/errors.ts";
import { openLog, readLog, rotateLog } from "./cell-log.ts";
import { findProcess, writeExitCode } from "./cell-record.ts";
import type { CellPaths } from "./layout.ts";
import { readLock } from "./process-lock.ts";

export type CellProgram = { file: string; args: string[]; env: Record<string, string> };

const LAUNCHER = join(import.meta.dirname, "launcher.ts");
const LOOK_MS = 15;
const PORT_MS = 700;
const LAUNCH_MS = 20_000;

/** Throws `conflict` when the port is somebody else's, `unavailable` when no process came up. */
export async function startCell(paths: CellPaths, port: number, program: CellProgram, now: Date): Promise<void> {
  if ((await findProcess(paths)) !== null) return;
  for (const deadline = performance.now() + PORT_MS; !(await isPortFree(port)); await delay(LOOK_MS)) {
    // Another start of this very cell may have brought it up meanwhile, or hold the port for the moment of its own probe.
    if ((await findProcess(paths)) !== null) return;
    if (performance.now() < deadline) continue;
    throw new AppError(`Port ${port} is taken by another program.`, { code: "conflict" });
  }
  await Promise.all([mkdir(paths.homeDir, { recursive: true }), mkdir(paths.tmpDir, { recursive: true })]);
  await rotateLog(paths.logFile);
  const ticket = `ticket-${randomUUID()}`;
  const ticketFile = join(paths.runtimeDir, ticket);
  await writeFile(ticketFile, "", { flag: "wx", mode: 0o600 });
  try {
    const child = await spawnLauncher(paths, ticket, program, now);
    await untilLaunched(paths, ticketFile, child);
  } finally {
    await rm(ticketFile, { force: true });
  }
}

async function spawnLauncher(paths: CellPaths, ticket: string, program: CellProgram, now: Date): Promise<ChildProcess> {
  await using log = await openLog(paths.logFile);
  const flags = ["--disable-warning=ExperimentalWarning"];
  const child = spawn(
    process.execPath,
    [...flags, LAUNCHER, paths.runtimeDir, ticket, now.toISOString(), program.file, ...program.args],
    // A session of its own: the cell outlives the platform, and a Ctrl-C meant for the platform does not reach it.
    { cwd: paths.homeDir, env: toEnvironment(paths, program), detached: true, stdio: ["ignore", log.fd, log.fd] },
  );
  child.on("error", () => {});
  child.once("exit", (code, signal) => void noteExit(paths, child, code, signal));
  child.unref();
  return child;
}

function toEnvironment(paths: CellPaths, program: CellProgram): Record<string, string> {
  return {
    PATH: `${dirname(process.execPath)}:/usr/local/bin:/usr/bin:/bin`,
    HOME: paths.homeDir,
    TMPDIR: paths.tmpDir,
    OPENCLAW_STATE_DIR: paths.stateDir,
    OPENCLAW_CONFIG_PATH: join(paths.configDir, "openclaw.json"),
    ...program.env,
  };
}

/**
 * Resolves when the launcher has used its ticket (it is the cell now, or was and has ended), or when another start's process
 * is the cell. Not at the lock alone: whoever removes the ticket after that, as our caller does, calls the start off.
 */
async function untilLaunched(paths: CellPaths, ticketFile: string, child: ChildProcess): Promise<void> {
  const deadline = performance.now() + LAUNCH_MS;
  while (performance.now() < deadline) {
    const hasEnded = child.pid === undefined || child.exitCode !== null || child.signalCode !== null;
    if (!existsSync(ticketFile)) return;
    if (hasEnded && (await findProcess(paths)) !== null) return;
    if (hasEnded) break;
    await delay(LOOK_MS);
  }
  const cause = { exitCode: child.exitCode, log: await readLog(paths.logFile, 5) };
  throw new AppError("The assistant's process did not start.", { code: "unavailable", cause });
}

/** Node tells the end of its own children only; for a cell that was found again the exit code stays unknown. */
async function noteExit(paths: CellPaths, child: ChildProcess, code: number | null, signal: NodeJS.Signals | null) {
  const lock = await readLock(paths.runtimeDir);
  if (lock === null || lock.pid !== child.pid) return;
  const exitCode = code ?? 128 + (signal === null ? 0 : constants.signals[signal]);
  // The cell may have been removed meanwhile: then nobody asks.
  await writeExitCode(paths, { pid: lock.pid, startTime: lock.startTime, exitCode }).catch(() => {});
}

/** Whether this machine would let a cell listen there now. */
function isPortFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once("error", () => resolve(false));
    probe.listen({ port, host: "127.0.0.1", exclusive: true }, () => probe.close(() => resolve(true)));
  });
}
