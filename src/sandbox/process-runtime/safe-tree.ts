/**
 * A cell's state, read and written from outside without following any link: what lies there is the tenant's, and a link in it
 * could point anywhere. On Linux each component is opened through its parent's descriptor, so nothing can be swapped between
 * a look and a use; elsewhere the opened path is compared with its real path, which leaves a moment open (the sandbox
 * claims no isolation). Sockets, pipes and devices are left out.
 */
import { randomUUID } from "node:crypto";
import { constants, existsSync } from "node:fs";
import { type FileHandle, link, lstat, mkdir, open, readdir, realpath, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { AppError } from "#src/domain/errors.ts";
import type { TreeFile } from "#src/domain/ports/runtime.ts";

const { O_RDONLY, O_WRONLY, O_CREAT, O_EXCL, O_DIRECTORY, O_NOFOLLOW, O_NONBLOCK } = constants;
const HAS_DESCRIPTOR_PATHS = existsSync("/proc/self/fd");

/** An open directory and a path to it that no rename or link can turn elsewhere (where the system offers that). */
type Directory = AsyncDisposable & { path: string; handle: FileHandle };

/** Paths in the answer are relative to `root`, as `writeTree` takes them. Parents come before what is in them. */
export async function readTree(root: string, directory: string): Promise<TreeFile[]> {
  const parts = splitPath(directory, { mayBeEmpty: true });
  await using top = await openPath(root, parts, { create: false });
  return top === null ? [] : await readDirectory(top, parts.join("/"));
}

/** Each file is written whole or not at all; files before one that fails stay written. */
export async function writeTree(
  root: string,
  files: ReadonlyMap<string, string>,
  options: { onlyMissing: boolean },
): Promise<void> {
  const planned = [...files].map(([path, text]) => ({ parts: splitPath(path, { mayBeEmpty: false }), text }));
  for (const { parts, text } of planned) {
    await using parent = await openPath(root, parts.slice(0, -1), { create: true });
    const name = parts.at(-1);
    if (parent === null || name === undefined) throw refuse(parts.join("/"));
    await writeOne(parent, name, text, options.onlyMissing);
  }
}

function splitPath(path: string, { mayBeEmpty }: { mayBeEmpty: boolean }): string[] {
  const parts = path === "" || path === "." ? [] : path.split("/");
  if (path.includes("\0") || parts.some((part) => part === "" || part === "." || part === "..")) throw refuse(path);
  if (parts.length === 0 && !mayBeEmpty) throw refuse(path);
  return parts;
}

function refuse(path: string, cause?: unknown): AppError {
  return new AppError(`"${path}" leads out of the assistant's files.`, { code: "invalid", cause });
}

/** Null when it is missing and not to be made. */
async function openPath(root: string, parts: string[], { create }: { create: boolean }): Promise<Directory | null> {
  let current = await openDirectory(root, root);
  for (const part of parts) {
    await using parent = current;
    if (parent === null) return null;
    const path = join(parent.path, part);
    if (create) await mkdir(path, { mode: 0o700 }).catch(ignore("EEXIST"));
    current = await openDirectory(path, parts.join("/"));
  }
  return current;
}

/** Null when it is missing. Throws `invalid` for a link, or a file where a directory should be. */
async function openDirectory(path: string, shown: string): Promise<Directory | null> {
  let handle: FileHandle;
  try {
    handle = await open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") return null;
    if (code === "ELOOP" || code === "ENOTDIR") throw refuse(shown, error);
    throw error;
  }
  const directory = {
    handle,
    path: HAS_DESCRIPTOR_PATHS ? `/proc/self/fd/${handle.fd}` : path,
    [Symbol.asyncDispose]: () => handle.close(),
  };
  if (HAS_DESCRIPTOR_PATHS || (await realpath(path)) === path) return directory;
  await handle.close();
  throw refuse(shown);
}

async function readDirectory(directory: Directory, prefix: string): Promise<TreeFile[]> {
  const entries = await readdir(directory.path, { withFileTypes: true });
  entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  const found: TreeFile[] = [];
  for (const entry of entries) {
    const path = prefix === "" ? entry.name : `${prefix}/${entry.name}`;
    if (entry.isSymbolicLink()) found.push({ path, kind: "link", content: null });
    if (entry.isFile()) {
      const content = await readOne(join(directory.path, entry.name));
      if (content !== null) found.push({ path, kind: "file", content });
    }
    if (entry.isDirectory()) {
      await using child = await openDirectory(join(directory.path, entry.name), path);
      if (child === null) continue;
      found.push({ path, kind: "directory", content: null }, ...(await readDirectory(child, path)));
    }
  }
  return found;
}

/** Null when it went away, or turned into something else, since it was listed. */
async function readOne(path: string): Promise<Buffer | null> {
  try {
    // Without waiting: a pipe put in the file's place would hold us for ever.
    await using handle = await open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
    return (await handle.stat()).isFile() ? await handle.readFile() : null;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ELOOP" || code === "ENXIO") return null;
    throw error;
  }
}

async function writeOne(parent: Directory, name: string, text: string, onlyMissing: boolean): Promise<void> {
  const target = join(parent.path, name);
  const present = await lstat(target).catch(ignore("ENOENT"));
  if (present?.isSymbolicLink() === true || present?.isDirectory() === true) throw refuse(name);
  if (present !== undefined && onlyMissing) return;
  const draft = join(parent.path, `.blytz-${randomUUID()}`);
  try {
    {
      await using handle = await open(draft, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
      await handle.writeFile(text);
      await handle.sync();
    }
    // Neither follows a link that was put there since the look above: the one refuses it, the other replaces it.
    if (onlyMissing) await link(draft, target).catch(ignore("EEXIST"));
    else await rename(draft, target);
  } finally {
    await rm(draft, { force: true });
  }
}

function ignore(code: string): (error: NodeJS.ErrnoException) => undefined {
  return (error) => {
    if (error.code !== code) throw error;
    return undefined;
  };
}
