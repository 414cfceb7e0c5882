/** Every local cell below a directory, from disk and process table alone: any process may ask, whoever started them. */
import { readdir } from "node:fs/promises";
import type { Cell } from "#src/domain/ports/runtime.ts";
import { readCell } from "./cell-record.ts";
import { isCellId, toCellPaths } from "./layout.ts";

/** [] when the directory does not exist yet. */
export async function listCells(customersDir: string): Promise<Cell[]> {
  const ids = (await readdir(customersDir).catch(() => [] as string[])).filter(isCellId);
  const cells = await Promise.all(ids.map((id) => readCell(toCellPaths(customersDir, id))));
  return cells.filter((cell) => cell !== null);
}
