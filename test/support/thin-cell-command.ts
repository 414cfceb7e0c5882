/** The thin cell as a command of the process runtime: nothing to prepare. */
import { join } from "node:path";
import type { CellCommand } from "#src/sandbox/process-runtime/command.ts";

/** `startsAfterMs`: how long `/startupz` says "starting". */
export function thinCellCommand({ startsAfterMs = 0 }: { startsAfterMs?: number } = {}): CellCommand {
  return {
    prepare: () => Promise.resolve(),
    progress: () => null,
    toProcess: () => ({
      file: process.execPath,
      args: [join(import.meta.dirname, "thin-cell.ts")],
      env: { THIN_CELL_STARTS_AFTER_MS: String(startsAfterMs) },
    }),
  };
}
