/**
 * Real OpenClaw for tests: where it lies, and whether a test may use it. It is installed only where the run asks for it
 * (REQUIRE_REAL=1), since that takes half a minute and the network.
 */
import { homedir } from "node:os";
import { join } from "node:path";
import { silentLogger } from "#src/domain/logger.ts";
import { createOpenclawCommand } from "#src/sandbox/openclaw-package/command.ts";
import { OPENCLAW_VERSION, toPackagePaths } from "#src/sandbox/openclaw-package/version.ts";
import type { CellCommand } from "#src/sandbox/process-runtime/command.ts";

/** Where the control plane of a scenario is to look as well. */
export const OPENCLAW_CACHE_DIR =
  process.env.OPENCLAW_CACHE_DIR ?? join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "blytz");

export function openclawCommand(): CellCommand {
  return createOpenclawCommand({ cacheDir: OPENCLAW_CACHE_DIR, logger: silentLogger });
}

export function openclawEntryFile(): string {
  return toPackagePaths(OPENCLAW_CACHE_DIR, OPENCLAW_VERSION).entryFile;
}

/** For a test's `skip`: why it can't run, or false. Installs OpenClaw, or fails, where REQUIRE_REAL is 1. */
export async function skipWithoutOpenclaw(): Promise<string | false> {
  const command = openclawCommand();
  if (command.progress() === null) return false;
  if (process.env.REQUIRE_REAL !== "1") return "OpenClaw is not installed (npm run demo or REQUIRE_REAL=1 does it)";
  await command.prepare();
  return false;
}
