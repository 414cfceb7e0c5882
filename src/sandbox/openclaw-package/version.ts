/** Which OpenClaw the sandbox runs, and where it lies. Pure. */
import { join } from "node:path";

export const OPENCLAW_VERSION = "2026.9.6";

export type PackagePaths = {
  /** Complete whenever it is there. */
  installDir: string;
  packageDir: string;
  entryFile: string;
  compileCacheDir: string;
  /** Where installs that are under way lie, and the lock that lets one go on at a time. */
  workDir: string;
};

export function toPackagePaths(cacheDir: string, version: string): PackagePaths {
  const installDir = join(cacheDir, `openclaw-${version}`);
  const packageDir = join(installDir, "node_modules", "openclaw");
  return {
    installDir,
    packageDir,
    entryFile: join(packageDir, "openclaw.mjs"),
    compileCacheDir: `${installDir}.compile-cache`,
    workDir: `${installDir}.work`,
  };
}
