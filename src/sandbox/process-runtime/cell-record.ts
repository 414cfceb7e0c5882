/**
 * A cell as it is written down in its runtime directory, and the cell that follows from it and from the process table.
 * It starts and ends nothing.
 */
import { randomUUID } from "node:crypto";
import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { AppError } from "#src/domain/errors.ts";
import type { Cell, CellLabels } from "#src/domain/ports/runtime.ts";
import type { CellPaths } from "./layout.ts";
import { type ProcessLock, readLock } from "./process-lock.ts";
import { hasEnvironment, isAlive, type ProcessIdentity } from "./process-table.ts";

export type CellRecord = { labels: CellLabels; port: number };

type Exit = ProcessIdentity & { exitCode: number };

/** Null when there is no cell. */
export async function readRecord(paths: CellPaths): Promise<CellRecord | null> {
  const record = await readJson<CellRecord>(join(paths.runtimeDir, "cell.json"));
  return record?.labels?.id === paths.id ? record : null;
}

/** Throws `conflict` when another attempt's cell, or one with another port, is there; the same again has no effect. */
export async function writeRecord(paths: CellPaths, record: CellRecord): Promise<void> {
  // The directory appears with the record in it, so that no half-made cell is ever seen.
  const draft = `${paths.runtimeDir}-new-${randomUUID()}`;
  await mkdir(join(draft, "home"), { recursive: true, mode: 0o700 });
  await mkdir(join(draft, "tmp"), { mode: 0o700 });
  await writeFile(join(draft, "cell.json"), JSON.stringify(record), { mode: 0o600, flush: true });
  try {
    await rename(draft, paths.runtimeDir);
  } catch (cause) {
    await rm(draft, { recursive: true, force: true });
    const present = await readRecord(paths);
    if (present !== null && isSame(present, record)) return;
    throw new AppError("A cell of another attempt is in the way.", { code: "conflict", cause });
  }
}

/** Leftovers of a create or remove that was cut short; whoever makes or removes the cell clears them. */
export async function clearLeftovers(paths: CellPaths): Promise<void> {
  const names = await readdir(paths.cellDir).catch(() => [] as string[]);
  const leftovers = names.filter((name) => name.startsWith(".cell-"));
  await Promise.all(leftovers.map((name) => rm(join(paths.cellDir, name), { recursive: true, force: true })));
}

/** Null when there is no cell. */
export async function readCell(paths: CellPaths): Promise<Cell | null> {
  const record = await readRecord(paths);
  if (record === null) return null;
  const lock = await readLock(paths.runtimeDir);
  if (lock === null) return { ...record, state: "created", startedAt: null, exitCode: null };
  const { startedAt } = lock;
  if (await isRunning(paths, lock)) return { ...record, state: "running", startedAt, exitCode: null };
  return { ...record, state: "exited", startedAt, exitCode: await readExitCode(paths, lock) };
}

/** The living process of the cell; null when it does not run. */
export async function findProcess(paths: CellPaths, runtimeDir = paths.runtimeDir): Promise<ProcessLock | null> {
  const lock = await readLock(runtimeDir);
  return lock !== null && (await isRunning(paths, lock)) ? lock : null;
}

/** Known only where the runtime that started the cell saw it end; another start's is never taken for it. */
export async function writeExitCode(paths: CellPaths, exit: Exit): Promise<void> {
  const file = join(paths.runtimeDir, "exit.json");
  await writeFile(`${file}.new`, JSON.stringify(exit), { mode: 0o600 });
  await rename(`${file}.new`, file);
}

/** What marks a process as this cell's, in its environment: the gateway renames itself, but can't change this. */
export function toMark(paths: CellPaths): string {
  return `OPENCLAW_STATE_DIR=${paths.stateDir}`;
}

/** A pid and start time could in theory be another program's; where the system shows the environment, that decides. */
async function isRunning(paths: CellPaths, lock: ProcessLock): Promise<boolean> {
  return (await isAlive(lock)) && (await hasEnvironment(lock.pid, toMark(paths))) !== false;
}

async function readExitCode(paths: CellPaths, lock: ProcessLock): Promise<number | null> {
  const exit = await readJson<Exit>(join(paths.runtimeDir, "exit.json"));
  return exit?.pid === lock.pid && exit.startTime === lock.startTime ? exit.exitCode : null;
}

function isSame(one: CellRecord, other: CellRecord): boolean {
  return (
    one.port === other.port &&
    one.labels.id === other.labels.id &&
    one.labels.specHash === other.labels.specHash &&
    one.labels.attempt === other.labels.attempt
  );
}

/** Null for a file that is missing or cut short. */
async function readJson<T>(file: string): Promise<T | null> {
  try {
    return JSON.parse(await readFile(file, "utf8")) as T;
  } catch {
    return null;
  }
}
