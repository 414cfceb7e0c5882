/** Events of local cells, found by looking once a second. What came and went between two looks is not told. */
import { setTimeout as delay } from "node:timers/promises";
import type { Cell, CellEvent } from "#src/domain/ports/runtime.ts";

const LOOK_MS = 1000;

/** The first look tells nothing: the caller's own resync has seen those. A look that fails is skipped. */
export function watchCells(
  look: () => Promise<Cell[]>,
  onEvent: (event: CellEvent) => void,
  signal: AbortSignal,
): void {
  void watch(look, onEvent, signal);
}

async function watch(look: () => Promise<Cell[]>, onEvent: (event: CellEvent) => void, signal: AbortSignal) {
  let before: Map<string, Cell> | null = null;
  while (!signal.aborted) {
    const cells = await look().catch(() => null);
    if (cells !== null && !signal.aborted) {
      const now = new Map(cells.map((cell) => [cell.labels.id, cell]));
      if (before !== null) for (const event of toEvents(before, now)) onEvent(event);
      before = now;
    }
    // Unreferenced: watching alone does not keep a process alive.
    await delay(LOOK_MS, undefined, { ref: false, signal }).catch(() => {});
  }
}

function toEvents(before: ReadonlyMap<string, Cell>, now: ReadonlyMap<string, Cell>): CellEvent[] {
  const events: CellEvent[] = [];
  for (const id of before.keys()) if (!now.has(id)) events.push({ id, kind: "removed" });
  for (const [id, cell] of now) {
    const old = before.get(id);
    const isNewStart = cell.startedAt !== null && cell.startedAt !== old?.startedAt;
    if (isNewStart) events.push({ id, kind: "started" });
    if (cell.state === "exited" && (isNewStart || old?.state === "running")) events.push({ id, kind: "exited" });
  }
  return events;
}
