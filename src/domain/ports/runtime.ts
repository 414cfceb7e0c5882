/**
 * The port to whatever runs cells: Docker Engine in production, local processes in the sandbox.
 * One contract suite (test/contracts/runtime.test.ts) holds every implementation to what is written here.
 * A runtime knows labels and files, never customers: it does not read the database.
 *
 * Every call may be repeated, has a deadline of its own, and throws AppError: `unavailable` when the runtime did not
 * answer or timed out, `not_found` where a cell is needed and there is none, `conflict` when the cell's port is taken by
 * somebody else or when the cell of that id was made by another attempt, `invalid` for a path that leaves its directory.
 */

/** What marks a cell as ours; nothing without these three is ever touched. */
export type CellLabels = {
  /** The customer's id, a DNS label. */
  id: string;
  /** Changes whenever the cell must be made again. */
  specHash: string;
  /** Which attempt of ours made it; unique for each `create`. */
  attempt: string;
};

/** Where things lie, as the gateway inside sees them, unless said otherwise. Pure: nothing is created. */
export type Place = {
  /** OPENCLAW_STATE_DIR: the tenant's state. */
  stateDir: string;
  /** The agent's workspace, within the state. */
  workspaceDir: string;
  /** Holds openclaw.json and secrets.json; ours, read-only inside. */
  configDir: string;
  gatewayPort: number;
  bind: "loopback" | "lan";
  /** How the control plane reaches the gateway, from the host. No trailing slash. */
  gatewayUrl: string;
  /** Telegram's API root without a token. No trailing slash. */
  telegramApiRoot: string;
  /** The model gateway as the cell reaches it, ending in /v1. */
  modelBaseUrl: string;
};

type CellState =
  /** Made, never started. */
  | "created"
  | "running"
  /** Stopped by us or ended by itself; `exitCode` tells, null where unknown. */
  | "exited";

export type Cell = {
  labels: CellLabels;
  port: number;
  state: CellState;
  /** Changes with every start; null before the first. */
  startedAt: string | null;
  exitCode: number | null;
};

/** The files of our own directory for a cell, relative to `config/`: they replace what is there, atomically. */
export type ConfigFiles = { "openclaw.json": string; "secrets.json": string };

export type TreeFile = { path: string; kind: "file" | "directory" | "link"; content: Buffer | null };

export type CellEvent = { id: string; kind: "started" | "exited" | "removed" };

export type Runtime = {
  /** Where a cell's things are; pure. `port` is the host's port for its gateway. */
  place(id: string, port: number): Place;
  /** Resolves once cells can be created (the image or package is there); `notReady` gives progress in words, or null. */
  notReady(): string | null;
  /** Every cell of ours, running or not. */
  list(): Promise<Cell[]>;
  /** Null when there is no cell of that id. */
  inspect(id: string): Promise<Cell | null>;
  /**
   * Makes a cell without starting it. The same labels again: no effect. Another attempt's cell in the way: `conflict`.
   * The state directory is created if missing and never emptied.
   */
  create(labels: CellLabels, port: number): Promise<void>;
  /** Running already: no effect. */
  start(id: string): Promise<void>;
  /** Waits up to `graceSeconds` for a turn in progress to end, then kills. Not running: no effect. */
  stop(id: string, graceSeconds: number): Promise<void>;
  /** Stops at once and removes the cell; the state directory and its bytes stay. None there: no effect. */
  remove(id: string): Promise<void>;
  /** The last lines that the cell wrote, oldest first. */
  logs(id: string, lines: number): Promise<string[]>;
  /** Null when it does not run. */
  stats(id: string): Promise<{ memoryBytes: number } | null>;
  /** Calls back until the signal aborts. Events may be lost: the resync is what counts. */
  events(onEvent: (event: CellEvent) => void, signal: AbortSignal): void;
  /** The configuration as it is on disk now; null for a file that is missing. The host's directory, not the tenant's. */
  readConfig(id: string): Promise<{ [name in keyof ConfigFiles]: string | null }>;
  /** Written beside and renamed, mode 0600 and readable for the cell. May be called before `create`. */
  writeConfig(id: string, files: ConfigFiles): Promise<void>;
  /**
   * The tree below `directory` (relative to the state directory), links as links and never followed; [] when missing.
   * Needs a created cell.
   */
  readTree(id: string, directory: string): Promise<TreeFile[]>;
  /**
   * Writes files (paths relative to the state directory) without following any link; parents are created. Files that
   * exist are left alone when `onlyMissing`, else replaced. Needs a created cell.
   */
  writeFiles(id: string, files: ReadonlyMap<string, string>, options: { onlyMissing: boolean }): Promise<void>;
};
