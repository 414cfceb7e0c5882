/**
 * Another process at the store, for tests of what only processes can do to each other. The first argument says what:
 * `hold` opens the store, says so and stays; `die-migrating` kills itself in the middle of the migrations; `take-seats`
 * waits for a line and then holds seats for the customers named, on a connection of its own beside the open store.
 */
import { once } from "node:events";
import Database from "better-sqlite3";
import { isAppError } from "#src/domain/errors.ts";
import { holdSeat } from "#src/store/checkout-attempts.ts";
import { openStore, type Store } from "#src/store/database.ts";
import { NOW } from "./add-customer.ts";

const [what, path = "", ...rest] = process.argv.slice(2);

switch (what) {
  case "hold":
    hold();
    break;
  case "die-migrating":
    dieMigrating();
    break;
  case "take-seats":
    await takeSeats(Number(rest[0]), rest.slice(1));
    break;
}

function hold(): void {
  try {
    openStore(path, null);
    process.stdout.write("open\n");
    setInterval(() => {}, 60_000);
  } catch (error) {
    process.stdout.write(`${isAppError(error) ? `${error.code}: ${error.message}` : String(error)}\n`);
  }
}

/** The kill falls after the tables were made and before they were committed. */
function dieMigrating(): void {
  const { exec } = Database.prototype;
  Database.prototype.exec = function execAndDie(source: string) {
    exec.call(this, source);
    if (source.includes("CREATE TABLE")) process.kill(process.pid, "SIGKILL");
    return this;
  };
  openStore(path, null);
}

async function takeSeats(seats: number, customerIds: string[]): Promise<void> {
  const db = new Database(path, { timeout: 20_000 });
  const store: Store = {
    sql: (text) => db.prepare<unknown[]>(text),
    transaction: (work) => db.transaction(work).immediate(),
    sealer: { seal: () => Buffer.alloc(0), unseal: () => process.exit(1) },
    [Symbol.dispose]: () => void db.close(),
  };
  process.stdout.write("ready\n");
  await once(process.stdin, "data");
  const held = customerIds.filter((id) => holdSeat(store, id, seats, NOW) !== null);
  process.stdout.write(`${held.length}\n`);
  process.exit(0);
}
