/** Entry point of the sandbox (`npm run demo`): arguments and environment in, two addresses out, and a clean end. */
import { mkdtempSync, rmSync } from "node:fs";
import { enableCompileCache } from "node:module";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "./domain/clock.ts";
import { AppError } from "./domain/errors.ts";
import { createLog } from "./log.ts";
import { runUntilSignal } from "./process.ts";
import { startInstallation } from "./sandbox/openclaw-package/install.ts";
import { stopCells } from "./sandbox/process-runtime/stop-cells.ts";
import { startSandboxServer } from "./sandbox/server.ts";
import { startSandbox } from "./sandbox/supervisor.ts";

enableCompileCache();
