/** Responsibilities out of what people really write. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { parseResponsibilities } from "#src/domain/responsibilities.ts";

test("bullets of any kind are taken, and the introduction is not", () => {
  const text = "I'm a developer. I need help with:\n- Proposals\n* Research\n• Invoices\n– Emails\n✅ Planning";
  assert.deepEqual(parseResponsibilities(text), ["Proposals", "Research", "Invoices", "Emails", "Planning"]);
});

test("numbered and lettered lists are taken", () => {
  assert.deepEqual(parseResponsibilities("Please:\n1. Write\n2) Read\n(3) Count\na) Sort"), [
    "Write",
    "Read",
    "Count",
    "Sort",
  ]);
});

test("plain sentences are taken one by one", () => {
  assert.deepEqual(parseResponsibilities("Help me write proposals. Chase my invoices! Remind me of 3.5 things?"), [
    "Help me write proposals.",
    "Chase my invoices!",
    "Remind me of 3.5 things?",
  ]);
});

test("a text without any word gives nothing, and a repeated line counts once", () => {
  assert.deepEqual(parseResponsibilities(" \n … \n"), []);
  assert.deepEqual(parseResponsibilities("- a\n- a\n- b"), ["a", "b"]);
});

test("any text gives at most twelve single lines of at most 200 characters", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 3000 }), (text) => {
      const found = parseResponsibilities(text);
      assert.ok(found.length <= 12);
      for (const item of found) {
        assert.ok([...item].length <= 200 && item.trim() !== "");
        assert.doesNotMatch(item, /[\n\r\v\f\u0085\u2028\u2029]/);
      }
    }),
  );
});
