/** Where a local cell's things lie on disk, as in production: configuration, state, and the runtime's own files. Pure. */
import { join } from "node:path";
import { AppError } from "#src/domain/errors.ts";

export type CellPaths = {
  id: string;
  cellDir: string;
  configDir: string;
  stateDir: string;
  workspaceDir: string;
  /** The runtime's own files: the record, the locks, the log, and the process's throw-away HOME and TMPDIR. */
  runtimeDir: string;
  homeDir: string;
  tmpDir: string;
  logFile: string;
};

const ID = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;

export function isCellId(id: string): boolean {
  return ID.test(id);
}

/** Throws `invalid` for an id that is not a DNS label, since it becomes the name of a directory. */
export function toCellPaths(customersDir: string, id: string): CellPaths {
  if (!isCellId(id)) throw new AppError(`"${id}" can't be a cell's id.`, { code: "invalid" });
  const cellDir = join(customersDir, id);
  const runtimeDir = join(cellDir, ".cell");
  const stateDir = join(cellDir, ".openclaw");
  return {
    id,
    cellDir,
    configDir: join(cellDir, "config"),
    stateDir,
    workspaceDir: join(stateDir, "workspace"),
    runtimeDir,
    homeDir: join(runtimeDir, "home"),
    tmpDir: join(runtimeDir, "tmp"),
    logFile: join(runtimeDir, "log"),
  };
}
