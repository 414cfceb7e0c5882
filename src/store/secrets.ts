/**
 * Secrets at rest: AES-256-GCM under one key, each value bound to the place that it belongs to (its "purpose"), so that
 * a sealed value copied into another row does not open. It does not decide what is a secret.
 */
import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import { chmodSync, existsSync, linkSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { AppError } from "#src/domain/errors.ts";
import { Secret } from "#src/domain/secret.ts";
import type { Store } from "./database.ts";

export type Sealer = {
  seal(secret: Secret, purpose: string): Buffer;
  /** Throws `internal` when the bytes were not sealed with this key for this purpose. */
  unseal(sealed: Buffer, purpose: string): Secret;
};

const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** The key is `secretsKey` (32 bytes in base64 or hex), else the file `secrets.key` in the directory, made at first start. */
export function openSealer(secretsKey: Secret | null, directory: string): Sealer {
  const key = secretsKey === null ? readKeyFile(join(directory, "secrets.key")) : parseKey(secretsKey.reveal());
  return {
    seal(secret, purpose) {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv("aes-256-gcm", key, nonce).setAAD(Buffer.from(purpose));
      const body = Buffer.concat([cipher.update(secret.reveal(), "utf8"), cipher.final()]);
      return Buffer.concat([nonce, cipher.getAuthTag(), body]);
    },
    unseal(sealed, purpose) {
      try {
        const decipher = createDecipheriv("aes-256-gcm", key, sealed.subarray(0, NONCE_BYTES), {
          authTagLength: TAG_BYTES,
        });
        decipher.setAAD(Buffer.from(purpose)).setAuthTag(sealed.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
        const body = sealed.subarray(NONCE_BYTES + TAG_BYTES);
        return new Secret(Buffer.concat([decipher.update(body), decipher.final()]).toString("utf8"));
      } catch (cause) {
        throw new AppError("A stored secret does not open with the present key.", { code: "internal", cause });
      }
    },
  };
}

/** 32 bytes in base64, base64url or hex. Throws `invalid`. */
export function parseKey(text: string): Buffer {
  const key = /^[0-9a-f]{64}$/i.test(text) ? Buffer.from(text, "hex") : Buffer.from(text, "base64");
  if (key.length !== 32) {
    throw new AppError("SECRETS_KEY must be 32 bytes in base64 or hex, for example from `openssl rand -base64 32`.", {
      code: "invalid",
    });
  }
  return key;
}

function readKeyFile(path: string): Buffer {
  if (!existsSync(path)) createKeyFile(path);
  chmodSync(path, 0o600);
  try {
    return parseKey(readFileSync(path, "utf8").trim());
  } catch (cause) {
    throw new AppError(`The key file ${path} is damaged. Restore it from a backup; without it no bot token opens.`, {
      code: "invalid",
      cause,
    });
  }
}

/** Written whole beside and linked into place: a key that is half on disk, or two keys, can't come about. */
function createKeyFile(path: string): void {
  const draft = `${path}.${process.pid}`;
  writeFileSync(draft, `${randomBytes(32).toString("base64")}\n`, { mode: 0o600, flush: true });
  try {
    linkSync(draft, path);
  } finally {
    rmSync(draft);
  }
}

/** Compares the key with the one that this database was begun with. Throws `invalid` with what to do. */
export function checkKey(store: Store): void {
  const row = store.sql("SELECT value FROM settings WHERE key = 'key_check'").get() as { value: Buffer } | undefined;
  if (row === undefined) {
    const value = store.sealer.seal(new Secret("blytz"), "key_check");
    store.sql("INSERT INTO settings (key, value) VALUES ('key_check', ?)").run(value);
    return;
  }
  try {
    store.sealer.unseal(row.value, "key_check");
  } catch (cause) {
    throw new AppError(
      "SECRETS_KEY (or the file secrets.key beside the database) is not the key that this database was begun with. Put the former key back; without it the stored bot tokens can't be read.",
      { code: "invalid", cause },
    );
  }
}
