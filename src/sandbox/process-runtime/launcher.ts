/**
 * What is spawned for a cell: it takes the cell's lock under its own pid, uses up the ticket of this start, and then
 * *becomes* the gateway (`execve`: same pid, same start time, its signals and nothing of this program left). Without lock
 * or ticket it ends and starts nothing. It reads no configuration.
 *
 * Arguments: the runtime directory, the ticket's name, the time, the program, its arguments.
 */
import { unlink } from "node:fs/promises";
import { join } from "node:path";
import { takeLock } from "./process-lock.ts";
import { readProcess } from "./process-table.ts";

/** Another process is the cell, or this start was called off. */
const EXIT_NOT_NEEDED = 75;

const [runtimeDir, ticket, startedAt, file, ...args] = process.argv.slice(2);
if (runtimeDir === undefined || ticket === undefined || startedAt === undefined || file === undefined)
  throw new Error("arguments are missing");

const self = await readProcess(process.pid);
if (self === null) throw new Error("this process is not in the process table");
const identity = { pid: self.pid, startTime: self.startTime };

// The lock comes first: whoever calls a start off removes the tickets and then looks at the lock, so that either the
// ticket is gone here, or the process is seen there.
if (!(await takeLock(runtimeDir, identity, startedAt))) process.exit(EXIT_NOT_NEEDED);
try {
  await unlink(join(runtimeDir, ticket));
} catch {
  process.exit(EXIT_NOT_NEEDED);
}
if (process.execve === undefined) throw new Error("this system has no execve");
process.umask(0o077);
process.execve(file, [file, ...args]);
