/** The control plane's clock: the system's, or in the sandbox one that runs ahead by what a file says. */
import { readFileSync, unwatchFile, watchFile } from "node:fs";
import { type Clock, systemClock } from "./domain/clock.ts";

export type MovableClock = Clock &
  Disposable & {
    /** Calls back after the clock was moved. */
    onMoved(callback: () => void): void;
  };

/** The file holds milliseconds as text; missing or broken, it counts as zero. */
export function openClock(file: string | undefined): MovableClock {
  if (file === undefined) return { ...systemClock, onMoved: () => {}, [Symbol.dispose]: () => {} };
  let aheadMs = readAhead(file);
  const callbacks: (() => void)[] = [];
  watchFile(file, { interval: 100 }, () => {
    aheadMs = readAhead(file);
    for (const callback of callbacks) callback();
  });
  return {
    now: () => new Date(Date.now() + aheadMs),
    onMoved: (callback) => callbacks.push(callback),
    [Symbol.dispose]: () => unwatchFile(file),
  };
}

function readAhead(file: string): number {
  try {
    const aheadMs = Number(readFileSync(file, "utf8"));
    return Number.isFinite(aheadMs) ? aheadMs : 0;
  } catch {
    return 0;
  }
}
