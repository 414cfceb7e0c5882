/** Virtual keys: what a cell holds in place of the model provider's key. Only their hash is looked up. */
import { createHash } from "node:crypto";
import { Secret } from "./secret.ts";

const FORM = /^blytz_vk_[\w-]{43}$/;

export function isVirtualKey(text: string): boolean {
  return FORM.test(text);
}

/** SHA-256 in hex. A fast hash is enough: the key is 256 random bits. */
export function hashVirtualKey(key: Secret | string): string {
  return createHash("sha256")
    .update(key instanceof Secret ? key.reveal() : key)
    .digest("hex");
}
