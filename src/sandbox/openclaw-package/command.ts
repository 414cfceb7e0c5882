/**
 * Real OpenClaw as a local cell: installed once, then run from there with the flags that keep it from reaching out,
 * updating itself or writing its configuration. Facts: "As a local process", "Compile cache".
 */
import { existsSync } from "node:fs";
import type { Logger } from "#src/domain/logger.ts";
import type { CellCommand } from "../process-runtime/command.ts";
import { installOpenclaw } from "./install.ts";
import { OPENCLAW_VERSION, toPackagePaths } from "./version.ts";

export type OpenclawCommandOptions = {
  /** Outside the project, kept between runs; several processes may share it. */
  cacheDir: string;
  version?: string;
  logger: Logger;
};

export function createOpenclawCommand(options: OpenclawCommandOptions): CellCommand {
  const { cacheDir, version = OPENCLAW_VERSION, logger } = options;
  const paths = toPackagePaths(cacheDir, version);
  const isInstalled = (): boolean => existsSync(paths.installDir);
  let attempt: { startedAt: number; done: Promise<void> } | null = null;
  let failure: string | null = null;

  return {
    prepare() {
      if (isInstalled()) return Promise.resolve();
      if (attempt !== null) return attempt.done;
      failure = null;
      logger.info({ version }, "installing openclaw");
      const done = installOpenclaw(paths, version).catch((error: unknown) => {
        failure = error instanceof Error ? error.message : String(error);
        throw error;
      });
      attempt = { startedAt: performance.now(), done: done.finally(() => (attempt = null)) };
      return attempt.done;
    },
    progress() {
      if (isInstalled()) return null;
      if (failure !== null) return `${failure} I'll try again shortly.`;
      const seconds = attempt === null ? 0 : Math.round((performance.now() - attempt.startedAt) / 1000);
      return `Installing OpenClaw ${version}, once for this machine (about 650 MB, often half a minute): ${seconds} s so far.`;
    },
    toProcess: (place) => ({
      file: process.execPath,
      args: [paths.entryFile, "gateway", "--port", String(place.gatewayPort)],
      env: {
        ...QUIET,
        NODE_COMPILE_CACHE: paths.compileCacheDir,
        // Otherwise the launcher starts itself again in a folder below, and stays as a second process.
        OPENCLAW_PACKAGED_COMPILE_CACHE_RESPAWNED: "1",
      },
    }),
  };
}

const QUIET = {
  NODE_ENV: "production",
  OPENCLAW_CONFIG_READONLY: "1",
  OPENCLAW_DISABLE_BONJOUR: "1",
  OPENCLAW_NO_RESPAWN: "1",
  OPENCLAW_OFFLINE: "1",
  OPENCLAW_NO_AUTO_UPDATE: "1",
  DO_NOT_TRACK: "1",
};
