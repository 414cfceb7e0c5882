/** The sandbox's clock: real time plus what it was advanced by. The stand-ins share it; the platform reads it from a file. */
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import type { Clock } from "#src/domain/clock.ts";

export type SandboxClock = Clock & {
  advance(seconds: number): void;
  aheadSeconds(): number;
  readonly file: string;
};

export function openSandboxClock(file: string): SandboxClock {
  let aheadMs = existsSync(file) ? Number(readFileSync(file, "utf8")) : 0;
  const write = (): void => {
    writeFileSync(`${file}.new`, String(aheadMs));
    renameSync(`${file}.new`, file);
  };
  write();
  return {
    file,
    now: () => new Date(Date.now() + aheadMs),
    advance(seconds) {
      aheadMs += seconds * 1000;
      write();
    },
    aheadSeconds: () => aheadMs / 1000,
  };
}
