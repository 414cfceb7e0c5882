/** The whole sandbox for scenarios: stand-ins here, the platform's processes spawned for real, everything gone at the end. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Cell } from "#src/domain/ports/runtime.ts";
import { toCellPaths } from "#src/sandbox/process-runtime/layout.ts";
import { listCells } from "#src/sandbox/process-runtime/list-cells.ts";
import { stopCell, stopCells } from "#src/sandbox/process-runtime/stop-cells.ts";
import { type Sandbox, startSandbox } from "#src/sandbox/supervisor.ts";
import { eventually } from "./eventually.ts";
import { OPENCLAW_CACHE_DIR } from "./openclaw.ts";

export type TestSandbox = Sandbox & {
  /** The control plane kills itself the next time that it comes to this boundary, as `loop:step:when`. */
  killAt(boundary: string): void;
  /** Every boundary that the control plane came to, oldest first. */
  readTrace(): string[];
  listCells(): Promise<Cell[]>;
  stopCell(id: string): Promise<void>;
  /** Moves the clock by a second, which makes the control plane look at everything, and waits until it has. */
  waitForResync(): Promise<void>;
  log(): string;
};

const SUPPORT = import.meta.dirname;

/** `cells`: what stands for an assistant, the thin cell or real OpenClaw. */
export async function startTestSandbox(
  cells: "thin" | "openclaw",
  settings: Record<string, string> = {},
): Promise<TestSandbox> {
  const dir = mkdtempSync(join(tmpdir(), "blytz-scenario-"));
  const traceFile = join(dir, "trace");
  writeFileSync(traceFile, "");
  await using stack = new AsyncDisposableStack();
  stack.defer(() => rmSync(dir, { recursive: true, force: true, maxRetries: 5 }));
  stack.defer(() => stopCells(join(dir, "customers")));
  const sandbox = stack.use(
    await startSandbox({
      dir,
      platformPort: 0,
      entries: {
        controlPlane: join(SUPPORT, "control-plane.ts"),
        modelGateway: join(SUPPORT, "../../src/model-gateway.ts"),
      },
      environment: process.env,
      settings: { LOG_LEVEL: "debug", OPENCLAW_CACHE_DIR, TEST_CELLS: cells, TEST_DIR: dir, ...settings },
      onRefused: (logFile) => process.stderr.write(readFileSync(logFile, "utf8")),
    }),
  );
  const owned = stack.move();
  const readLog = (): string => readFileSync(join(dir, "control-plane.log"), "utf8");
  return {
    ...sandbox,
    killAt: (boundary) => writeFileSync(join(dir, "kill-at"), boundary),
    readTrace: () =>
      readFileSync(traceFile, "utf8")
        .split("\n")
        .filter((line) => line !== ""),
    listCells: () => listCells(sandbox.customersDir),
    stopCell: (id) => stopCell(toCellPaths(sandbox.customersDir, id), 5),
    async waitForResync() {
      const count = (): number => readLog().split('"resync done"').length;
      const before = count();
      sandbox.advance(1);
      await eventually("a resync of all three loops", () => count() >= before + 3);
    },
    log: readLog,

    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
