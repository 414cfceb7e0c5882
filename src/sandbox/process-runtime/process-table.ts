/**
 * What the operating system says about processes, from /proc where there is one, else from `ps`. A process is known by its
 * pid *and* its start time, since pids are used again. It sends no signal.
 */
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { promisify } from "node:util";

export type ProcessIdentity = { pid: number; startTime: string };
export type ProcessEntry = ProcessIdentity & { parentPid: number; groupId: number };

const HAS_PROC = existsSync("/proc/self/stat");
const PS_MS = 5000;

/** Null when no such process lives (a zombie does not). */
export async function readProcess(pid: number): Promise<ProcessEntry | null> {
  if (HAS_PROC) return readProcStat(pid);
  const [entry] = await readPs(["-p", String(pid)]);
  return entry ?? null;
}

export async function isAlive({ pid, startTime }: ProcessIdentity): Promise<boolean> {
  return (await readProcess(pid))?.startTime === startTime;
}

export async function listProcesses(): Promise<ProcessEntry[]> {
  if (!HAS_PROC) return readPs(["-A"]);
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  const entries = await Promise.all(pids.map((pid) => readProcStat(Number(pid))));
  return entries.filter((entry) => entry !== null);
}

/**
 * Whether the process was started with `NAME=value` in its environment; null where the system does not say (no /proc, or
 * another user's process). A process can't take it back: children inherit it, and later changes don't show.
 */
export async function hasEnvironment(pid: number, assignment: string): Promise<boolean | null> {
  if (!HAS_PROC) return null;
  const text = await readFile(`/proc/${pid}/environ`, "utf8").catch(() => "");
  // Empty in the moments of an execve and of an exit.
  return text === "" ? null : text.split("\0").includes(assignment);
}

/** What of it lies in memory now (RSS); 0 when it is gone. */
export async function readMemoryBytes(pid: number): Promise<number> {
  const kilobytes = HAS_PROC
    ? /^VmRSS:\s+(\d+) kB$/m.exec(await readFile(`/proc/${pid}/status`, "utf8").catch(() => ""))?.[1]
    : await runPs(["-p", String(pid), "-o", "rss="]);
  return Number(kilobytes ?? 0) * 1024;
}

/** The process itself, then all that descend from it, as of one look. */
export function withDescendants(processes: readonly ProcessEntry[], root: ProcessEntry): ProcessEntry[] {
  const family = [root];
  for (const member of family) {
    family.push(...processes.filter((one) => one.parentPid === member.pid && one.pid !== member.pid));
  }
  return family;
}

/** Fields as in proc(5), counted behind the name, which is in parentheses and may hold anything. */
async function readProcStat(pid: number): Promise<ProcessEntry | null> {
  let text: string;
  try {
    text = await readFile(`/proc/${pid}/stat`, "utf8");
  } catch {
    return null;
  }
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  const [state, parentPid, groupId] = fields;
  const ticks = fields[19];
  if (state === undefined || ticks === undefined || "ZX".includes(state)) return null;
  return {
    pid,
    startTime: `${await readBootId()}:${ticks}`,
    parentPid: Number(parentPid),
    groupId: Number(groupId),
  };
}

let bootId: string | undefined;

/** Ticks count from the boot, so the same pid and ticks may come again after the next one. */
async function readBootId(): Promise<string> {
  bootId ??= (await readFile("/proc/sys/kernel/random/boot_id", "utf8").catch(() => "")).trim();
  return bootId;
}

async function readPs(selection: string[]): Promise<ProcessEntry[]> {
  const text = await runPs([...selection, "-o", "pid=,ppid=,pgid=,stat=,lstart="]);
  return text.split("\n").flatMap((line) => {
    const match = /^\s*(\d+)\s+(\d+)\s+(\d+)\s+(\S+)\s+(.+?)\s*$/.exec(line);
    if (match?.[4] === undefined || match[5] === undefined || match[4].startsWith("Z")) return [];
    const [pid, parentPid, groupId] = match.slice(1, 4).map(Number) as [number, number, number];
    return [{ pid, parentPid, groupId, startTime: match[5] }];
  });
}

async function runPs(args: string[]): Promise<string> {
  const run = promisify(execFile)("ps", args, { timeout: PS_MS, env: { PATH: "/bin:/usr/bin", LC_ALL: "C" } });
  // ps ends with 1 when it found nothing.
  return (await run.catch(() => ({ stdout: "" }))).stdout;
}
