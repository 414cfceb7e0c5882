/**
 * A cell's log: one file that the process appends to, kept small by copying it aside and emptying it. Lines written within
 * that moment are lost; OpenClaw's own log in the state is complete.
 */

import type { FileHandle } from "node:fs/promises";
import { copyFile, open, stat, truncate } from "node:fs/promises";

const MAX_BYTES = 2_000_000;
const TAIL_BYTES = 256_000;

/** For the child's output. Appending, so that emptying the file leaves no hole. */
export function openLog(file: string): Promise<FileHandle> {
  return open(file, "a", 0o600);
}

/** No effect while the log is small or missing. */
export async function rotateLog(file: string): Promise<void> {
  const size = (await stat(file).catch(() => null))?.size ?? 0;
  if (size <= MAX_BYTES) return;
  await copyFile(file, `${file}.1`);
  await truncate(file);
}

/** The last lines, oldest first; reaches back into the former file. */
export async function readLog(file: string, lines: number): Promise<string[]> {
  const [before, now] = await Promise.all([readTail(`${file}.1`), readTail(file)]);
  return lines <= 0 ? [] : [...before, ...now].slice(-lines);
}

async function readTail(file: string): Promise<string[]> {
  let handle: FileHandle;
  try {
    handle = await open(file, "r");
  } catch {
    return [];
  }
  try {
    const { size } = await handle.stat();
    const start = Math.max(0, size - TAIL_BYTES);
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(size - start), 0, size - start, start);
    const lines = buffer.toString("utf8", 0, bytesRead).split("\n");
    if (start > 0) lines.shift();
    if (lines.at(-1) === "") lines.pop();
    return lines;
  } finally {
    await handle.close();
  }
}
