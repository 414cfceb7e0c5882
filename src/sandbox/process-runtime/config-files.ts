/** Our own directory of a cell, `config/`: written beside and renamed, so that a gateway never reads half a file. */
import { randomUUID } from "node:crypto";
import { chmod, mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { ConfigFiles } from "#src/domain/ports/runtime.ts";

type Found = { [name in keyof ConfigFiles]: string | null };

export async function readConfigFiles(configDir: string): Promise<Found> {
  const [config, secrets] = await Promise.all([
    readText(join(configDir, "openclaw.json")),
    readText(join(configDir, "secrets.json")),
  ]);
  return { "openclaw.json": config, "secrets.json": secrets };
}

/** A file that is already so is left alone: a gateway reloads at every change that it sees. */
export async function writeConfigFiles(configDir: string, files: ConfigFiles): Promise<void> {
  await mkdir(configDir, { recursive: true, mode: 0o700 });
  await chmod(configDir, 0o700);
  const found = await readConfigFiles(configDir);
  // The gateway watches openclaw.json: when it reloads, the secrets that go with it are there.
  for (const name of ["secrets.json", "openclaw.json"] as const) {
    if (found[name] !== files[name]) await replace(join(configDir, name), files[name]);
  }
}

async function replace(file: string, text: string): Promise<void> {
  const draft = `${file}.new-${randomUUID()}`;
  try {
    await writeFile(draft, text, { flag: "wx", mode: 0o600, flush: true });
    await rename(draft, file);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
}

async function readText(file: string): Promise<string | null> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
}
