/**
 * Real OpenClaw for tests: where it lies, and whether a test may use it. It is installed where it is missing, which takes
 * half a minute and the network once, into the sandbox's own cache.
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

/** For a test's `skip`: false once it is installed. Where it can't be: why, or with REQUIRE_REAL=1 an error. */
export async function skipWithoutOpenclaw(): Promise<string | false> {
  try {
    await openclawCommand().prepare();
    return false;
  } catch (error) {
    if (process.env.REQUIRE_REAL === "1") throw error;
    return `OpenClaw can't be installed here: ${error instanceof Error ? error.message : String(error)}`;
  }
}
