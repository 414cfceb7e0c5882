/** How one cell is run: what has to be there first, and the program with its arguments. The runtime does the rest. */
import type { Place } from "#src/domain/ports/runtime.ts";

export type CellCommand = {
  /** Brings what cells need; there already: no effect. Throws AppError `unavailable`; calling again tries again. */
  prepare(): Promise<void>;
  /** Words for people while cells can't be made yet (or why not); null when they can. */
  progress(): string | null;
  /**
   * Called when `progress()` is null. `file` is absolute. `env` comes on top of the runtime's own (PATH, HOME, TMPDIR,
   * OPENCLAW_STATE_DIR, OPENCLAW_CONFIG_PATH); nothing of the platform's environment is ever passed on.
   */
  toProcess(place: Place, id: string): { file: string; args: string[]; env: Record<string, string> };
};
