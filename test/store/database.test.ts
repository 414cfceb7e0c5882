/** Opening the database: migrations, the lock, the directory, and what every table and transaction keeps to. */
import assert from "node:assert/strict";
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test } from "node:test";
import Database from "better-sqlite3";
import { AppError, isAppError } from "#src/domain/errors.ts";
import { hasDatabase, openReadOnly, openStore } from "#src/store/database.ts";
import { addCustomer } from "#test/support/add-customer.ts";
import { startStoreChild } from "#test/support/start-store-child.ts";
import { openTemporaryStore } from "#test/support/temporary-store.ts";

function makeDirectory() {
  const path = mkdtempSync(join(tmpdir(), "blytz-database-"));
  return { path, file: join(path, "database.sqlite"), [Symbol.dispose]: () => rmSync(path, { recursive: true }) };
}

/** The error that opening ends with. */
function refusal(path: string): AppError {
  try {
    openStore(path, null)[Symbol.dispose]();
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
  return assert.fail("the store opened");
}

const listTables = (db: Database.Database): string[] =>
  db.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name").pluck().all() as string[];

const countMigrations = (): number => readdirSync(join(import.meta.dirname, "../../src/store/migrations")).length;

test("a fresh directory gets a database at the newest version, readable by nobody else", () => {
  using directory = makeDirectory();
  const file = join(directory.path, "new/deeper/database.sqlite");
  assert.equal(hasDatabase(file), false);
  using store = openStore(file, null);
  assert.equal(hasDatabase(file), true);
  assert.equal(statSync(dirname(file)).mode & 0o777, 0o700);
  assert.equal(store.sql("PRAGMA user_version").pluck().get(), countMigrations());
});

test("what was written is there after opening again, any number of times", () => {
  using directory = makeDirectory();
  for (let opening = 1; opening <= 3; opening += 1) {
    using store = openStore(directory.file, null);
    addCustomer(store, opening);
    assert.equal(store.sql("SELECT count(*) FROM customers").pluck().get(), opening);
    assert.equal(store.sql("PRAGMA user_version").pluck().get(), countMigrations());
  }
});

test("every commit is on disk before it counts, readers don't wait, and references hold", async () => {
  await using temporary = openTemporaryStore();
  const { store } = temporary;
  assert.equal(store.sql("PRAGMA journal_mode").pluck().get(), "wal");
  assert.equal(store.sql("PRAGMA synchronous").pluck().get(), 2);
  assert.equal(store.sql("PRAGMA busy_timeout").pluck().get(), 5000);
  const orphan = "INSERT INTO audit_log (customer_id, action, actor, created_at) VALUES ('nobody', 'a', 'b', 'c')";
  assert.throws(() => store.sql(orphan).run(), /FOREIGN KEY/);
});

test("a database of a newer version is refused, told how to go on, and left as it is", () => {
  using directory = makeDirectory();
  openStore(directory.file, null)[Symbol.dispose]();
  const version = countMigrations() + 1;
  const db = new Database(directory.file);
  db.pragma(`user_version = ${version}`);
  db.close();
  const error = refusal(directory.file);
  assert.equal(error.code, "invalid");
  assert.match(error.message, new RegExp(`written by a newer Blytz \\(its version is ${version}, this one knows`));
  assert.match(error.message, /Install that version again, or restore a backup/);
  const after = new Database(directory.file);
  assert.equal(after.pragma("user_version", { simple: true }), version);
  after.close();
});

test("a process killed in the middle of the migrations leaves nothing of them, and the next start makes them whole", async () => {
  using directory = makeDirectory();
  await using child = startStoreChild("die-migrating", directory.file);
  assert.deepEqual(await child.exited, [null, "SIGKILL"]);
  const db = new Database(directory.file);
  assert.deepEqual(listTables(db), []);
  assert.equal(db.pragma("user_version", { simple: true }), 0);
  db.close();
  using store = openStore(directory.file, null);
  addCustomer(store);
});

test("a second control plane on the directory is refused in plain words, also in another process", async () => {
  using directory = makeDirectory();
  const words = `Another Blytz is already running on ${directory.path}. Stop it first, or give this one its own DATABASE_PATH.`;
  using store = openStore(directory.file, null);
  const error = refusal(directory.file);
  assert.deepEqual([error.code, error.message], ["conflict", words]);
  await using child = startStoreChild("hold", directory.file);
  assert.equal(await child.readLine(), `conflict: ${words}`);
  addCustomer(store);
});

test("the lock of a process that was killed is gone with it; nobody has to remove a file", async () => {
  using directory = makeDirectory();
  await using child = startStoreChild("hold", directory.file);
  assert.equal(await child.readLine(), "open");
  assert.equal(refusal(directory.file).code, "conflict");
  child.kill();
  await child.exited;
  using store = openStore(directory.file, null);
  addCustomer(store);
});

test("a start that was refused leaves no lock behind", () => {
  using directory = makeDirectory();
  writeFileSync(join(directory.path, "secrets.key"), "damaged");
  assert.equal(refusal(directory.file).code, "invalid");
  rmSync(join(directory.path, "secrets.key"));
  openStore(directory.file, null)[Symbol.dispose]();
});

test("a directory that can't be made is refused in plain words", () => {
  using directory = makeDirectory();
  const file = join(directory.path, "a-file");
  writeFileSync(file, "");
  const error = refusal(join(file, "database.sqlite"));
  assert.equal(error.code, "invalid");
  assert.match(error.message, /^The data directory .*a-file can't be written\. Give it to the user that runs Blytz/);
});

const isRoot = process.getuid?.() === 0;
test("a read-only directory is refused in plain words", { skip: isRoot && "root may write anywhere" }, () => {
  using directory = makeDirectory();
  chmodSync(directory.path, 0o500);
  try {
    const error = refusal(directory.file);
    assert.equal(error.code, "invalid");
    assert.match(error.message, /can't be written/);
  } finally {
    chmodSync(directory.path, 0o700);
  }
});

test("a lock that can't be made is refused in plain words", () => {
  using directory = makeDirectory();
  mkdirSync(join(directory.path, "lock.sqlite"));
  const error = refusal(directory.file);
  assert.equal(error.code, "invalid");
  assert.match(error.message, /can't be locked: .*lock\.sqlite can't be written/);
});

test("every table is STRICT, so that a number never ends up where a text belongs", async () => {
  await using temporary = openTemporaryStore();
  const loose = temporary.store
    .sql(
      "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND name NOT LIKE 'sqlite_%' AND NOT strict",
    )
    .pluck()
    .all();
  assert.deepEqual(loose, []);
  assert.throws(
    () => temporary.store.sql("INSERT INTO settings (key, value) VALUES ('a', 'text where bytes belong')").run(),
    /cannot store TEXT value in BLOB column/,
  );
});

test("a transaction that throws leaves nothing, its nested ones included, and hands the error on", async () => {
  await using temporary = openTemporaryStore();
  const { store } = temporary;
  const stop = new Error("stop");
  const work = (): void =>
    store.transaction(() => {
      addCustomer(store, 1);
      store.transaction(() => addCustomer(store, 2));
      throw stop;
    });
  assert.throws(work, (error) => error === stop);
  assert.equal(store.sql("SELECT count(*) FROM customers").pluck().get(), 0);
  assert.equal(
    store.transaction(() => 42),
    42,
  );
});

test("a transaction writes from its first moment, so that what it has read can't change under it", async () => {
  await using temporary = openTemporaryStore();
  const other = new Database(temporary.path, { timeout: 0 });
  temporary.store.transaction(() => {
    assert.throws(() => other.exec("BEGIN IMMEDIATE"), { code: "SQLITE_BUSY" });
  });
  other.exec("BEGIN IMMEDIATE; COMMIT");
  other.close();
});

test("a statement is prepared once for each text", async () => {
  await using temporary = openTemporaryStore();
  const { store } = temporary;
  assert.equal(store.sql("SELECT 1"), store.sql("SELECT 1"));
  assert.notEqual(store.sql("SELECT 1"), store.sql("SELECT 2"));
});

test("the reader beside it sees every commit, may write nothing, and takes no lock", async () => {
  await using temporary = openTemporaryStore();
  using reader = openReadOnly(temporary.path);
  const count = () => reader.sql("SELECT count(*) FROM customers").pluck().get();
  assert.equal(count(), 0);
  addCustomer(temporary.store);
  assert.equal(count(), 1);
  assert.throws(() => reader.sql("DELETE FROM customers").run(), /readonly/);
});

test("there is nothing to read before the control plane has made it", () => {
  using directory = makeDirectory();
  assert.throws(
    () => openReadOnly(directory.file),
    (error) => !isAppError(error),
  );
  assert.equal(hasDatabase(directory.file), false);
});
