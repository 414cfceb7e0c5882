/**
 * The control plane as an entry point for tests: src/main.ts, plus a trace of every step boundary, a thin cell in OpenClaw's
 * place where the test says so, and the wish to be killed at a boundary, which it fulfils with a real SIGKILL.
 */
import { appendFileSync, existsSync, readFileSync, rmSync } from "node:fs";
import { enableCompileCache } from "node:module";
import { join } from "node:path";
import { startApp } from "#src/app.ts";
import { readConfig } from "#src/config.ts";
import { createLog } from "#src/log.ts";
import { runUntilSignal } from "#src/process.ts";
import { thinCellCommand } from "./thin-cell-command.ts";

enableCompileCache();

const dir = process.env.TEST_DIR ?? "";
const killFile = join(dir, "kill-at");

function atBoundary(boundary: string): void {
  appendFileSync(join(dir, "trace"), `${boundary}\n`);
  if (!existsSync(killFile) || readFileSync(killFile, "utf8") !== boundary) return;
  rmSync(killFile);
  process.kill(process.pid, "SIGKILL");
  // The signal may take a moment; nothing of ours may run on meanwhile.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5000);
}

await runUntilSignal(async () => {
  const config = readConfig(process.env);
  return startApp(config, {
    logger: createLog({ level: config.LOG_LEVEL }),
    onBoundary: atBoundary,
    ...(process.env.TEST_CELLS === "thin" ? { cellCommand: thinCellCommand() } : {}),
  });
});
