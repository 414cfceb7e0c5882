/** Secrets at rest: what opens them, and that nothing else does. */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { isAppError } from "#src/domain/errors.ts";
import { Secret } from "#src/domain/secret.ts";
import { readDesiredAssistant } from "#src/store/assistants.ts";
import { openStore } from "#src/store/database.ts";
import { openSealer, parseKey } from "#src/store/secrets.ts";
import { addCustomer } from "#test/support/add-customer.ts";

const KEY = new Secret(randomBytes(32).toString("base64"));
const TOKEN = new Secret("7000001:AAaaBBbbCCccDDddEEeeFFffGGggHHhhIIi");

function makeDirectory() {
  const path = mkdtempSync(join(tmpdir(), "blytz-secrets-"));
  const names = { keyFile: join(path, "secrets.key"), database: join(path, "database.sqlite") };
  return { path, ...names, [Symbol.dispose]: () => rmSync(path, { recursive: true }) };
}

const invalid = (words: RegExp) => (error: unknown) => isAppError(error, "invalid") && words.test(error.message);
const internal = (error: unknown) => isAppError(error, "internal");

test("what is sealed opens with the same key for the same purpose, whatever it is", () => {
  const sealer = openSealer(KEY, "/nowhere");
  for (const text of ["", "a", "ключ 🔑", "x".repeat(100_000)]) {
    assert.equal(sealer.unseal(sealer.seal(new Secret(text), "p"), "p").reveal(), text);
  }
});

test("a sealed value opens for no other purpose", () => {
  const sealer = openSealer(KEY, "/nowhere");
  const sealed = sealer.seal(TOKEN, "bot:1");
  assert.throws(() => sealer.unseal(sealed, "bot:2"), internal);
  assert.throws(() => sealer.unseal(sealed, ""), internal);
});

test("the same secret never looks the same twice, and its words are not in it", () => {
  const sealer = openSealer(KEY, "/nowhere");
  const sealed = Array.from({ length: 50 }, () => sealer.seal(TOKEN, "p"));
  assert.equal(new Set(sealed.map((bytes) => bytes.toString("hex"))).size, 50);
  assert.equal(new Set(sealed.map((bytes) => bytes.subarray(0, 12).toString("hex"))).size, 50);
  assert.equal(
    sealed.some((bytes) => bytes.includes("7000001")),
    false,
  );
});

test("a value changed in any byte, cut short or empty does not open", () => {
  const sealer = openSealer(KEY, "/nowhere");
  const sealed = sealer.seal(TOKEN, "p");
  for (let index = 0; index < sealed.length; index += 1) {
    const changed = Buffer.from(sealed);
    changed.writeUInt8(changed.readUInt8(index) ^ 1, index);
    assert.throws(() => sealer.unseal(changed, "p"), internal, `byte ${index}`);
  }
  for (const length of [0, 5, 12, 20, 28, sealed.length - 1]) {
    assert.throws(() => sealer.unseal(sealed.subarray(0, length), "p"), internal, `${length} bytes`);
  }
});

test("a value does not open with another key", () => {
  const sealed = openSealer(KEY, "/nowhere").seal(TOKEN, "p");
  const other = openSealer(new Secret(randomBytes(32).toString("hex")), "/nowhere");
  assert.throws(() => other.unseal(sealed, "p"), internal);
});

test("a key is 32 bytes, in base64, base64url or hex", () => {
  const bytes = randomBytes(32);
  for (const form of ["base64", "base64url", "hex"] as const) assert.deepEqual(parseKey(bytes.toString(form)), bytes);
  assert.deepEqual(parseKey(bytes.toString("hex").toUpperCase()), bytes);
  for (const text of [
    "",
    "short",
    randomBytes(31).toString("base64"),
    randomBytes(33).toString("base64"),
    "0".repeat(62),
  ]) {
    assert.throws(() => parseKey(text), invalid(/^SECRETS_KEY must be 32 bytes.*openssl rand -base64 32/));
  }
});

test("the first start makes a key file that only its owner may read, and the next one uses it", () => {
  using directory = makeDirectory();
  const sealed = openSealer(null, directory.path).seal(TOKEN, "p");
  assert.equal(statSync(directory.keyFile).mode & 0o777, 0o600);
  assert.equal(parseKey(readFileSync(directory.keyFile, "utf8").trim()).length, 32);
  assert.deepEqual(readdirSync(directory.path), ["secrets.key"], "nothing else is left");
  assert.equal(openSealer(null, directory.path).unseal(sealed, "p").reveal(), TOKEN.reveal());
});

test("a key file that others could read is closed to them", () => {
  using directory = makeDirectory();
  openSealer(null, directory.path);
  chmodSync(directory.keyFile, 0o644);
  openSealer(null, directory.path);
  assert.equal(statSync(directory.keyFile).mode & 0o777, 0o600);
});

test("with SECRETS_KEY no key file is made", () => {
  using directory = makeDirectory();
  openStore(directory.database, KEY)[Symbol.dispose]();
  assert.equal(existsSync(directory.keyFile), false);
});

for (const content of ["", "not a key", randomBytes(16).toString("base64")]) {
  test(`a damaged key file (${content.length} characters) is named, and never replaced`, () => {
    using directory = makeDirectory();
    writeFileSync(directory.keyFile, content);
    assert.throws(
      () => openStore(directory.database, null),
      invalid(/secrets\.key is damaged\. Restore it from a backup/),
    );
    assert.equal(readFileSync(directory.keyFile, "utf8"), content);
  });
}

test("a store does not open with another key than it was begun with, and says what to do", () => {
  using directory = makeDirectory();
  openStore(directory.database, KEY)[Symbol.dispose]();
  const words = /is not the key that this database was begun with\. Put the former key back/;
  assert.throws(() => openStore(directory.database, new Secret(randomBytes(32).toString("base64"))), invalid(words));
  assert.throws(() => openStore(directory.database, null), invalid(words));
  openStore(directory.database, KEY)[Symbol.dispose]();
});

test("a bot's token is nowhere in the data directory's bytes", () => {
  using directory = makeDirectory();
  {
    using store = openStore(directory.database, KEY);
    const { id } = addCustomer(store);
    assert.equal(readDesiredAssistant(store, id).botToken.reveal(), TOKEN.reveal());
    for (const name of readdirSync(directory.path)) {
      assert.equal(readFileSync(join(directory.path, name)).includes("AAaaBBbb"), false, name);
    }
  }
  assert.ok(
    readFileSync(directory.database).includes("Alex1Bot"),
    "what is not secret can be found, so the search works",
  );
  assert.equal(readFileSync(directory.database).includes("AAaaBBbb"), false);
});

test("a token copied into another customer's row does not open there", () => {
  using directory = makeDirectory();
  using store = openStore(directory.database, KEY);
  const [first, second] = [addCustomer(store, 1), addCustomer(store, 2)];
  store
    .sql(
      "UPDATE assistants SET bot_token_sealed = (SELECT bot_token_sealed FROM assistants WHERE customer_id = ?) WHERE customer_id = ?",
    )
    .run(first.id, second.id);
  assert.throws(() => readDesiredAssistant(store, second.id), internal);
});

test("a data directory that was moved opens with the key file it brought along", () => {
  using from = makeDirectory();
  using to = makeDirectory();
  openStore(from.database, null)[Symbol.dispose]();
  cpSync(from.path, to.path, { recursive: true });
  openStore(to.database, null)[Symbol.dispose]();
});
