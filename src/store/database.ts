/**
 * Opens the one SQLite file: pragmas, numbered migrations, the lock on its directory, and the key for what is sealed.
 * It knows no nouns; each noun has its file beside this one.
 */
import { accessSync, constants, existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import Database from "better-sqlite3";
import { AppError } from "#src/domain/errors.ts";
import type { Secret } from "#src/domain/secret.ts";
import { checkKey, openSealer, type Sealer } from "./secrets.ts";

export type Store = {
  /** A prepared statement, prepared once per text. */
  sql(text: string): Database.Statement<unknown[]>;
  /** Runs `work` in one IMMEDIATE transaction; nested calls join the outer one. Never await inside. */
  transaction<Result>(work: () => Result): Result;
  sealer: Sealer;
  [Symbol.dispose](): void;
};

const MIGRATIONS = join(import.meta.dirname, "migrations");

/**
 * Opens (and creates) the database for the control plane, which alone may: a second one is refused with `conflict`.
 * Throws `invalid` with what to do for a directory that can't be written, a database from a newer version and a wrong key.
 */
export function openStore(path: string, secretsKey: Secret | null): Store {
  const directory = dirname(path);
  makeWritable(directory);
  const lock = lockDirectory(directory);
  try {
    const db = new Database(path, { timeout: 5000 });
    try {
      db.pragma("journal_mode = WAL");
      db.pragma("synchronous = FULL");
      db.pragma("foreign_keys = ON");
      migrate(db);
      const store = toStore(db, openSealer(secretsKey, directory), lock);
      checkKey(store);
      return store;
    } catch (error) {
      db.close();
      throw error;
    }
  } catch (error) {
    lock.close();
    throw error;
  }
}

/** The model gateway's view: the same file, nothing written, no lock taken, no key needed. Throws while there is none. */
export function openReadOnly(path: string): Pick<Store, "sql" | typeof Symbol.dispose> {
  const db = new Database(path, { readonly: true, fileMustExist: true, timeout: 5000 });
  return { sql: statements(db), [Symbol.dispose]: () => db.close() };
}

function statements(db: Database.Database): Store["sql"] {
  const prepared = new Map<string, Database.Statement<unknown[]>>();
  return (text) => {
    const known = prepared.get(text);
    if (known) return known;
    const statement = db.prepare<unknown[]>(text);
    prepared.set(text, statement);
    return statement;
  };
}

function toStore(db: Database.Database, sealer: Sealer, lock: Database.Database): Store {
  return {
    sql: statements(db),
    transaction: (work) => (db.inTransaction ? work() : db.transaction(work).immediate()),
    sealer,
    [Symbol.dispose]() {
      db.close();
      lock.close();
    },
  };
}

function makeWritable(directory: string): void {
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    accessSync(directory, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (cause) {
    throw new AppError(
      `The data directory ${directory} can't be written. Give it to the user that runs Blytz, or choose another one with DATABASE_PATH.`,
      { code: "invalid", cause },
    );
  }
}

/** The operating system drops this lock with the process, however it ends, so it is never stale. */
function lockDirectory(directory: string): Database.Database {
  const path = join(directory, "lock.sqlite");
  let lock: Database.Database | undefined;
  try {
    lock = new Database(path, { timeout: 0 });
    lock.pragma("locking_mode = EXCLUSIVE");
    lock.exec("BEGIN EXCLUSIVE");
    return lock;
  } catch (cause) {
    lock?.close();
    if (cause instanceof Database.SqliteError && cause.code.startsWith("SQLITE_BUSY")) {
      throw new AppError(
        `Another Blytz is already running on ${directory}. Stop it first, or give this one its own DATABASE_PATH.`,
        { code: "conflict", cause },
      );
    }
    throw new AppError(`The data directory ${directory} can't be locked: ${path} can't be written.`, {
      code: "invalid",
      cause,
    });
  }
}

/** All that are missing, in one transaction: a process killed in between leaves the database as it was. */
function migrate(db: Database.Database): void {
  const files = readdirSync(MIGRATIONS)
    .filter((name) => name.endsWith(".sql"))
    .sort();
  const version = db.pragma("user_version", { simple: true }) as number;
  if (version > files.length) {
    throw new AppError(
      `The database was written by a newer Blytz (its version is ${version}, this one knows ${files.length}). Install that version again, or restore a backup made before the upgrade.`,
      { code: "invalid" },
    );
  }
  db.transaction(() => {
    for (const [index, name] of files.entries()) {
      if (index < version) continue;
      db.exec(readFileSync(join(MIGRATIONS, name), "utf8"));
    }
    db.pragma(`user_version = ${files.length}`);
  }).exclusive();
}

/** Whether a database is there already; the model gateway waits for it. */
export function hasDatabase(path: string): boolean {
  return existsSync(path);
}
