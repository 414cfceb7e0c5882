/** A Secret shows its value to nobody who does not ask for it by name. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { format, inspect } from "node:util";
import { Secret } from "#src/domain/secret.ts";

const secret = new Secret("open sesame");

test("the value is there for whoever asks for it", () => {
  assert.equal(secret.reveal(), "open sesame");
});

for (const [how, text] of Object.entries({
  "as text": `${secret}`,
  "joined to text": ["a", secret].join(" "),
  "as JSON": JSON.stringify({ secret, list: [secret] }),
  inspected: inspect({ deep: { secret } }, { depth: 9, showHidden: true }),
  formatted: format("%s %o %O %j", secret, secret, secret, secret),
  "in an error's words": String(new Error(`failed: ${secret}`)),
})) {
  test(`printed ${how} it says [redacted]`, () => {
    assert.match(text, /\[redacted\]/);
    assert.doesNotMatch(text, /sesame/);
  });
}

test("it has no property that holds the value, and a copy has none of it", () => {
  assert.deepEqual(Reflect.ownKeys(secret), []);
  assert.deepEqual({ ...secret }, {});
  assert.deepEqual(structuredClone({ secret: { ...secret } }), { secret: {} });
});
