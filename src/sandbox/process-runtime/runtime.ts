/**
 * The runtime port with local processes, for the sandbox only: one process group per customer, nothing shut in. All that it
 * knows lies on disk and in the process table, so another runtime object, or the next life of the platform, goes on with it.
 */
import { mkdir } from "node:fs/promises";
import { resolve } from "node:path";
import type { Clock } from "#src/domain/clock.ts";
import { AppError, isAppError } from "#src/domain/errors.ts";
import type { Logger } from "#src/domain/logger.ts";
import type { Place, Runtime } from "#src/domain/ports/runtime.ts";
import { readLog, rotateLog } from "./cell-log.ts";
import { findProcess, readCell, readRecord, writeRecord } from "./cell-record.ts";
import type { CellCommand } from "./command.ts";
import { readConfigFiles, writeConfigFiles } from "./config-files.ts";
import { type CellPaths, toCellPaths } from "./layout.ts";
import { listCells } from "./list-cells.ts";
import { listProcesses, readMemoryBytes, withDescendants } from "./process-table.ts";
import { readTree, writeTree } from "./safe-tree.ts";
import { startCell } from "./start-cell.ts";
import { removeCell, stopCell } from "./stop-cells.ts";
import { watchCells } from "./watch-cells.ts";

export type ProcessRuntimeOptions = {
  customersDir: string;
  /** As a cell reaches it, without a trailing slash. */
  telegramApiRoot: string;
  /** Ending in /v1. */
  modelBaseUrl: string;
  command: CellCommand;
  /** Dates the starts of cells, so that their age is told by the same clock as everything else. */
  clock: Clock;
  logger: Logger;
};

const CALL_SECONDS = 15;
const START_SECONDS = 30;
const RETRY_MS = 15_000;

/** Opens at once: what cells need is prepared behind it, and `notReady()` tells how that goes. */
export function openProcessRuntime(options: ProcessRuntimeOptions): Runtime {
  const customersDir = resolve(options.customersDir);
  const { command } = options;
  const preparation = prepareUntilReady(command, options.logger);
  const at = (id: string): CellPaths => toCellPaths(customersDir, id);
  const place = (id: string, port: number): Place => toPlace(at(id), port, options);

  return {
    place,
    notReady: preparation.notReady,
    list: () => within(CALL_SECONDS, listCells(customersDir)),
    inspect: async (id) => within(CALL_SECONDS, readCell(at(id))),
    async create(labels, port) {
      const words = preparation.notReady();
      if (words !== null) throw new AppError(words, { code: "unavailable" });
      const paths = at(labels.id);
      await within(CALL_SECONDS, createCell(paths, { labels: { ...labels }, port }));
    },
    async start(id) {
      const paths = at(id);
      const { port } = await needRecord(paths);
      await within(START_SECONDS, startCell(paths, port, command.toProcess(place(id, port), id), options.clock.now()));
    },
    stop: async (id, graceSeconds) => within(graceSeconds + CALL_SECONDS, stopCell(at(id), graceSeconds)),
    remove: async (id) => within(START_SECONDS, removeCell(at(id))),
    async logs(id, lines) {
      const paths = at(id);
      await needRecord(paths);
      return within(CALL_SECONDS, readLog(paths.logFile, lines));
    },
    stats: async (id) => within(CALL_SECONDS, readStats(at(id))),
    events(onEvent, signal) {
      const look = async () => {
        const cells = await listCells(customersDir);
        await Promise.all(cells.map((cell) => rotateLog(at(cell.labels.id).logFile)));
        return cells;
      };
      watchCells(look, onEvent, signal);
    },
    readConfig: async (id) => within(CALL_SECONDS, readConfigFiles(at(id).configDir)),
    writeConfig: async (id, files) => within(CALL_SECONDS, writeConfigFiles(at(id).configDir, files)),
    async readTree(id, directory) {
      await needRecord(at(id));
      return within(CALL_SECONDS, readTree(at(id).stateDir, directory));
    },
    async writeFiles(id, files, { onlyMissing }) {
      await needRecord(at(id));
      await within(CALL_SECONDS, writeTree(at(id).stateDir, files, { onlyMissing }));
    },
  };
}

function toPlace(paths: CellPaths, port: number, options: ProcessRuntimeOptions): Place {
  return {
    stateDir: paths.stateDir,
    workspaceDir: paths.workspaceDir,
    configDir: paths.configDir,
    gatewayPort: port,
    bind: "loopback",
    gatewayUrl: `http://127.0.0.1:${port}`,
    telegramApiRoot: options.telegramApiRoot,
    modelBaseUrl: options.modelBaseUrl,
  };
}

async function createCell(paths: CellPaths, record: Parameters<typeof writeRecord>[1]): Promise<void> {
  for (const directory of [paths.configDir, paths.workspaceDir]) {
    await mkdir(directory, { recursive: true, mode: 0o700 });
  }
  await writeRecord(paths, record);
}

async function needRecord(paths: CellPaths): Promise<{ port: number }> {
  const record = await readRecord(paths);
  if (record === null) throw new AppError(`There is no cell of ${paths.id}.`, { code: "not_found" });
  return record;
}

async function readStats(paths: CellPaths): Promise<{ memoryBytes: number } | null> {
  const running = await findProcess(paths);
  const processes = await listProcesses();
  const main = processes.find(({ pid }) => pid === running?.pid);
  if (main === undefined) return null;
  const sizes = await Promise.all(withDescendants(processes, main).map(({ pid }) => readMemoryBytes(pid)));
  return { memoryBytes: sizes.reduce((sum, size) => sum + size, 0) };
}

/** A failed preparation is tried again when somebody asks some time later; until then its words say what is wrong. */
function prepareUntilReady(command: CellCommand, logger: Logger): { notReady(): string | null } {
  let attempt: Promise<void> | null = null;
  let retryAt = 0;
  const prepare = (): void => {
    if (attempt !== null || performance.now() < retryAt) return;
    attempt = command
      .prepare()
      .catch((error: unknown) => {
        retryAt = performance.now() + RETRY_MS;
        logger.error({ err: error }, "cells could not be prepared");
      })
      .finally(() => {
        attempt = null;
      });
  };
  prepare();
  return {
    notReady() {
      const words = command.progress();
      if (words !== null) prepare();
      return words;
    },
  };
}

/** Turns what the file system throws, or taking too long, into the port's own error. */
async function within<T>(seconds: number, work: Promise<T>): Promise<T> {
  const late = Promise.withResolvers<never>();
  const refuse = (): void =>
    late.reject(new AppError("The cell's files did not answer in time.", { code: "unavailable" }));
  const timer = setTimeout(refuse, seconds * 1000);
  try {
    return await Promise.race([work, late.promise]);
  } catch (cause) {
    if (isAppError(cause)) throw cause;
    throw new AppError("The cell could not be reached.", { code: "unavailable", cause });
  } finally {
    clearTimeout(timer);
  }
}
