/**
 * The lock that lets one process at a time be a customer's cell, and that says afterwards which process it was.
 *
 * A process that wants to be the cell takes it itself, under its own pid and start time, before it becomes the gateway.
 * So it holds however the platform dies. Locks are numbered files, `process-<n>.json`; the highest number is the one that
 * counts, and `n + 1` may be taken only when `n` belongs to no living process. A file is complete when it appears (a hard
 * link), and never changes. It is not removed when its process ends: the next start takes the next number.
 */
import { link, readdir, readFile, rm, unlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { isAlive, type ProcessIdentity } from "./process-table.ts";

export type ProcessLock = ProcessIdentity & { number: number; startedAt: string };

/** The lock that counts, its process living or not; null when there never was one. */
export async function readLock(runtimeDir: string): Promise<ProcessLock | null> {
  for (const number of await listLocks(runtimeDir)) {
    const lock = await readLockFile(runtimeDir, number);
    if (lock !== null) return lock;
  }
  return null;
}

/** True when the lock is now this process's; false when a living process has it. */
export async function takeLock(runtimeDir: string, self: ProcessIdentity, startedAt: string): Promise<boolean> {
  const draft = join(runtimeDir, `claim-${self.pid}-${Date.now()}.json`);
  await writeFile(draft, JSON.stringify({ ...self, startedAt }), { flag: "wx", mode: 0o600 });
  try {
    for (;;) {
      const [last = 0] = await listLocks(runtimeDir);
      // Null: cleared since by a later holder (the link or the second look below fails), or cut short by a power failure.
      const current = await readLockFile(runtimeDir, last);
      if (current !== null && (await isAlive(current))) return false;
      const number = last + 1;
      if (!(await linkOnce(draft, lockFile(runtimeDir, number)))) continue;
      // Between the look and the link, others may have taken, left and cleared numbers above: then theirs counts.
      const [highest] = await listLocks(runtimeDir);
      if (highest === number) {
        await clearBelow(runtimeDir, number);
        return true;
      }
      await unlink(lockFile(runtimeDir, number));
    }
  } finally {
    await rm(draft, { force: true });
  }
}

/**
 * Gives the lock back while its process lives on. Only for locks that merely save work (the install): somebody who looked
 * just before may come to hold a second one. A cell's lock is never given back.
 */
export async function releaseLock(runtimeDir: string, self: ProcessIdentity): Promise<void> {
  const lock = await readLock(runtimeDir);
  if (lock?.pid === self.pid && lock.startTime === self.startTime) await rm(lockFile(runtimeDir, lock.number));
}

function lockFile(runtimeDir: string, number: number): string {
  return join(runtimeDir, `process-${number}.json`);
}

/** Highest first. */
async function listLocks(runtimeDir: string): Promise<number[]> {
  const names = await readdir(runtimeDir).catch(() => [] as string[]);
  return names
    .flatMap((name) => /^process-(\d+)\.json$/.exec(name)?.[1] ?? [])
    .map(Number)
    .sort((a, b) => b - a);
}

async function readLockFile(runtimeDir: string, number: number): Promise<ProcessLock | null> {
  try {
    const text = await readFile(lockFile(runtimeDir, number), "utf8");
    return { ...(JSON.parse(text) as Omit<ProcessLock, "number">), number };
  } catch {
    return null;
  }
}

async function linkOnce(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

async function clearBelow(runtimeDir: string, number: number): Promise<void> {
  const below = (await listLocks(runtimeDir)).filter((one) => one < number);
  await Promise.all(below.map((one) => rm(lockFile(runtimeDir, one), { force: true })));
}
