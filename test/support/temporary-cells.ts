/** A directory of cells for one test: any number of runtimes on it, and no process or file of them left at the end. */

import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { renderOpenclawConfig, renderSecrets } from "#src/adapters/openclaw/config.ts";
import type { AssistantSpec } from "#src/domain/assistant.ts";
import { systemClock } from "#src/domain/clock.ts";
import { silentLogger } from "#src/domain/logger.ts";
import type { CellLabels, ConfigFiles, Place, Runtime } from "#src/domain/ports/runtime.ts";
import { Secret } from "#src/domain/secret.ts";
import type { CellCommand } from "#src/sandbox/process-runtime/command.ts";
import { openProcessRuntime } from "#src/sandbox/process-runtime/runtime.ts";
import { stopCells } from "#src/sandbox/process-runtime/stop-cells.ts";
import { thinCellCommand } from "./thin-cell-command.ts";

export type TemporaryCells = AsyncDisposable & {
  customersDir: string;
  /** Another runtime object on the same directory, as the platform's next life would open it. */
  open(command?: CellCommand): Runtime;
};

/** Port 1 never answers: a cell whose Telegram is not there. */
const NOWHERE = "http://127.0.0.1:1";

export function openTemporaryCells(telegramApiRoot = NOWHERE, modelBaseUrl = `${NOWHERE}/v1`): TemporaryCells {
  const customersDir = realpathSync(mkdtempSync(join(tmpdir(), "blytz-cells-")));
  return {
    customersDir,
    open: (command = thinCellCommand()) =>
      openProcessRuntime({
        customersDir,
        telegramApiRoot,
        modelBaseUrl,
        command,
        clock: systemClock,
        logger: silentLogger,
      }),
    async [Symbol.asyncDispose]() {
      await stopCells(customersDir);
      rmSync(customersDir, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

export function toLabels(id: string, change: Partial<CellLabels> = {}): CellLabels {
  return { id, specHash: "spec-1", attempt: "attempt-1", ...change };
}

export const gatewayToken = new Secret("gateway-token-of-a-test");

/** What the platform would write for a usual assistant whose owner is 1001. */
export function toConfigFiles(
  place: Place,
  change: Partial<AssistantSpec> = {},
  telegramBotToken = "7000000001:AAtesttesttesttesttesttesttesttest0",
): ConfigFiles {
  const spec = {
    assistantName: "Jarvis",
    instructions: "Help me plan my week.",
    ownerTelegramId: 1001,
    botId: 7_000_000_001,
    botUsername: "jarvis_bot",
    timeZone: "UTC",
    ...change,
  };
  return {
    "openclaw.json": renderOpenclawConfig(spec, place),
    "secrets.json": renderSecrets({
      gatewayToken,
      modelKey: new Secret("vk-of-a-test"),
      telegramBotToken: new Secret(telegramBotToken),
    }),
  };
}

/** Created and configured, not started; with the channel off. */
export async function createTestCell(runtime: Runtime, id: string, port: number): Promise<Place> {
  const place = runtime.place(id, port);
  await runtime.writeConfig(id, toConfigFiles(place, { ownerTelegramId: null }));
  await runtime.create(toLabels(id), port);
  return place;
}
