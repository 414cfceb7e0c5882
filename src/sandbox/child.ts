/**
 * One process of the platform, spawned as it would run for real and started again when it ends, as an init system would.
 * Its output goes to a file; what it prints decides nothing.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";

export type Child = AsyncDisposable & {
  /** SIGKILL, then a start after the seconds; resolves when the process is gone. */
  kill(restartAfterSeconds: number): Promise<void>;
  /** How often it was started. */
  starts(): number;
  /** Null while it is down. */
  pid(): number | null;
};

/** Wrong settings: the same start would fail the same way, so it is not repeated. */
const EXIT_CONFIG = 78;

const RESTART_MS = 1000;
/** A little more than the platform gives itself to stop. */
const STOP_MS = 20_000;

export function startChild(options: {
  entry: string;
  env: Record<string, string>;
  logFile: string;
  /** Called when it ended with EXIT_CONFIG. */
  onRefused(): void;
}): Child {
  const log = createWriteStream(options.logFile, { flags: "a" });
  let child: ChildProcess | null = null;
  let starts = 0;
  let stopping = false;
  let restartMs = RESTART_MS;
  let timer: NodeJS.Timeout | undefined;

  const start = (): void => {
    if (stopping) return;
    starts += 1;
    restartMs = RESTART_MS;
    // The channel carries nothing: the platform stops when it breaks, so that no process outlives its supervisor.
    const started = spawn(process.execPath, [options.entry], {
      env: options.env,
      stdio: ["ignore", "pipe", "pipe", "ipc"],
    });
    child = started;
    started.stdout?.pipe(log, { end: false });
    started.stderr?.pipe(log, { end: false });
    started.once("exit", (code) => {
      child = null;
      if (stopping) return;
      if (code === EXIT_CONFIG) return options.onRefused();
      timer = setTimeout(start, restartMs);
    });
  };

  start();
  return {
    async kill(restartAfterSeconds) {
      restartMs = restartAfterSeconds * 1000;
      const killed = child;
      if (killed === null) return;
      const gone = once(killed, "exit");
      killed.kill("SIGKILL");
      await gone;
    },
    starts: () => starts,
    pid: () => child?.pid ?? null,
    async [Symbol.asyncDispose]() {
      stopping = true;
      clearTimeout(timer);
      const stopped = child;
      if (stopped !== null) {
        const gone = once(stopped, "exit");
        stopped.kill("SIGTERM");
        const patience = new AbortController();
        const tooLong = delay(STOP_MS, "late", { signal: patience.signal }).catch(() => "gone");
        if ((await Promise.race([gone, tooLong])) === "late") {
          stopped.kill("SIGKILL");
          await gone;
        }
        patience.abort();
      }
      log.end();
    },
  };
}
