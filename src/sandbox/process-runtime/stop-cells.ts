/**
 * Ending cells: the polite way (the gateway finishes a turn in progress), at once, and removing what the runtime keeps.
 * It finds processes by the cell's lock and by their environment, so it may be called by any process of this user.
 */
import { randomUUID } from "node:crypto";
import { readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { AppError } from "#src/domain/errors.ts";
import { clearLeftovers, findProcess, toMark } from "./cell-record.ts";
import { type CellPaths, toCellPaths } from "./layout.ts";
import { listCells } from "./list-cells.ts";
import {
  hasEnvironment,
  isAlive,
  listProcesses,
  type ProcessEntry,
  type ProcessIdentity,
  withDescendants,
} from "./process-table.ts";

const LOOK_MS = 25;
const KILL_MS = 5000;

/**
 * SIGTERM goes to the gateway alone, never to its group: OpenClaw finishes a turn only while the workers beside it live
 * (with the group signalled, the customer reads "Gateway is restarting" instead of an answer).
 */
export async function stopCell(paths: CellPaths, graceSeconds: number): Promise<void> {
  await callOffStarts(paths);
  const running = await findProcess(paths);
  if (running === null) return;
  signal(running.pid, "SIGTERM");
  await untilGone([running], graceSeconds * 1000);
  await killCell(paths);
}

/** At once, with all that it started; [] of it lives afterwards, or `unavailable` is thrown. */
async function killCell(paths: CellPaths, runtimeDir = paths.runtimeDir): Promise<void> {
  await callOffStarts(paths);
  const family = await findFamily(paths, runtimeDir);
  // The gateway first: it would start its workers again.
  for (const member of family) signal(member.pid, "SIGKILL");
  if (await untilGone(family, KILL_MS)) return;
  throw new AppError("The assistant's process did not end.", { code: "unavailable" });
}

/** Kills, then removes what the runtime keeps of the cell. Configuration and state stay. */
export async function removeCell(paths: CellPaths): Promise<void> {
  await killCell(paths);
  const aside = `${paths.runtimeDir}-gone-${randomUUID()}`;
  try {
    await rename(paths.runtimeDir, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    return clearLeftovers(paths);
  }
  // A start may have come between; its lock is in what was moved aside, and no later start can find it.
  await killCell(paths, aside);
  await clearLeftovers(paths);
}

/** For the sandbox's end: no cell below the directory lives afterwards. */
export async function stopCells(customersDir: string, graceSeconds = 0): Promise<void> {
  const cells = await listCells(customersDir);
  await Promise.all(cells.map((cell) => stopCell(toCellPaths(customersDir, cell.labels.id), graceSeconds)));
}

/** A launcher without its ticket becomes nothing. */
async function callOffStarts(paths: CellPaths): Promise<void> {
  const names = await readdir(paths.runtimeDir).catch(() => [] as string[]);
  const tickets = names.filter((name) => name.startsWith("ticket-"));
  await Promise.all(tickets.map((name) => rm(join(paths.runtimeDir, name), { force: true })));
}

/** The gateway, what descends from it, and strays of it in groups of their own, known by their environment. */
async function findFamily(paths: CellPaths, runtimeDir: string): Promise<ProcessEntry[]> {
  const processes = await listProcesses();
  const lock = await findProcess(paths, runtimeDir);
  const main = processes.find(({ pid, startTime }) => pid === lock?.pid && startTime === lock.startTime);
  const family = main === undefined ? [] : withDescendants(processes, main);
  const marked = await Promise.all(processes.map(({ pid }) => hasEnvironment(pid, toMark(paths))));
  const strays = processes.filter((one, index) => marked[index] === true && !family.includes(one));
  return [...family, ...strays];
}

async function untilGone(processes: readonly ProcessIdentity[], withinMs: number): Promise<boolean> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    const alive = await Promise.all(processes.map(isAlive));
    if (!alive.includes(true)) return true;
    if (performance.now() >= deadline) return false;
    await delay(LOOK_MS);
  }
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // Gone already.
  }
}
