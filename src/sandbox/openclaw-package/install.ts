/**
 * Installs OpenClaw from npm into a folder of its own, completely or not at all: it is put together beside and renamed when
 * complete. Of several processes that want it one installs and the others wait; a killed install leaves rubbish that the
 * next one clears. It asks npm for the one pinned version and runs none of its dependencies' scripts.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdir, open, readdir, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { AppError } from "#src/domain/errors.ts";
import { releaseLock, takeLock } from "../process-runtime/process-lock.ts";
import { readProcess } from "../process-runtime/process-table.ts";
import type { PackagePaths } from "./version.ts";

const WAIT_MS = 300;
const INSTALL_MS = 10 * 60_000;

/** Throws `unavailable` in words for the person at the terminal; npm's last lines are in `cause`. */
export async function installOpenclaw(paths: PackagePaths, version: string): Promise<void> {
  const self = await readProcess(process.pid);
  if (self === null) throw new AppError("This system does not tell its processes.", { code: "internal" });
  const identity = { pid: self.pid, startTime: self.startTime };
  await mkdir(paths.workDir, { recursive: true });
  while (!(await takeLock(paths.workDir, identity, new Date().toISOString()))) {
    if (existsSync(paths.installDir)) return;
    await delay(WAIT_MS);
  }
  try {
    if (!existsSync(paths.installDir)) await install(paths, version);
  } finally {
    await releaseLock(paths.workDir, identity);
  }
}

async function install(paths: PackagePaths, version: string): Promise<void> {
  await clearRubbish(paths.workDir);
  const draft = join(paths.workDir, `install-${process.pid}`);
  await mkdir(draft);
  const logFile = join(paths.workDir, "install.log");
  const flags = ["--ignore-scripts", "--no-audit", "--no-fund", "--no-save", "--loglevel=error"];
  await run("npm", ["install", ...flags, "--prefix", draft, `openclaw@${version}`], draft, logFile);
  // What its own install script would do; without it the first start tries to, inside the shared folder.
  const packageDir = join(draft, "node_modules", "openclaw");
  await run(process.execPath, [join("scripts", "postinstall-bundled-plugins.mjs")], packageDir, logFile);
  await rename(draft, paths.installDir);
}

async function clearRubbish(workDir: string): Promise<void> {
  const names = (await readdir(workDir)).filter((name) => name.startsWith("install-"));
  await Promise.all(names.map((name) => rm(join(workDir, name), { recursive: true, force: true })));
}

async function run(file: string, args: string[], cwd: string, logFile: string): Promise<void> {
  await using log = await open(logFile, "w");
  const child = spawn(file, args, { cwd, stdio: ["ignore", log.fd, log.fd] });
  // An install must not outlive the program that wants it.
  const kill = (): void => void child.kill();
  process.once("exit", kill);
  const timer = setTimeout(kill, INSTALL_MS);
  try {
    const [code, signal] = (await once(child, "exit")) as [number | null, NodeJS.Signals | null];
    if (code === 0) return;
    const cause = { code, signal, log: (await readFile(logFile, "utf8")).slice(-2000) };
    throw new AppError("OpenClaw could not be installed: npm did not succeed. Is the network there?", {
      code: "unavailable",
      cause,
    });
  } catch (cause) {
    if (cause instanceof AppError) throw cause;
    throw new AppError(`OpenClaw could not be installed: ${file} did not start.`, { code: "unavailable", cause });
  } finally {
    clearTimeout(timer);
    process.off("exit", kill);
  }
}
