/** The rules for names and instructions: what is taken, what is refused, and in which words. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  countCharacters,
  MAX_INSTRUCTIONS_LENGTH,
  MAX_NAME_LENGTH,
  parseAssistantName,
  parseInstructions,
} from "#src/domain/assistant.ts";
import { isAppError } from "#src/domain/errors.ts";

const invalid = (words: RegExp) => (error: unknown) => isAppError(error, "invalid") && words.test(error.message);

test("characters are counted as people count them, not as the machine stores them", () => {
  assert.deepEqual(["", "abc", "🔑🔑", "é", "ключ"].map(countCharacters), [0, 3, 2, 1, 4]);
});

for (const [given, name] of [
  ["Alex", "Alex"],
  ["  Dr.  Strange\n", "Dr. Strange"],
  ["🦊", "🦊"],
  ["7", "7"],
  ["Ассистент", "Ассистент"],
  ["<b>Al</b>", "<b>Al</b>"],
  ["A\u0000l\u0007ex", "Alex"],
  ["A\r\nB\tC", "A B C"],
  ["x".repeat(MAX_NAME_LENGTH), "x".repeat(MAX_NAME_LENGTH)],
  ["🔑".repeat(MAX_NAME_LENGTH), "🔑".repeat(MAX_NAME_LENGTH)],
] as const) {
  test(`the name ${JSON.stringify(given.slice(0, 20))} is taken as ${JSON.stringify(name.slice(0, 20))}`, () => {
    assert.equal(parseAssistantName(given), name);
  });
}

for (const given of ["", "   ", "\n\t", "!!!", "\u0000", "\u200b", "---"]) {
  test(`the name ${JSON.stringify(given)} is refused: it has nothing to say`, () => {
    assert.throws(() => parseAssistantName(given), invalid(/at least one letter, number or emoji/));
  });
}

test("a name of 41 characters is refused with its length and the most that is taken", () => {
  const words = invalid(/^That name has 41 characters; 40 is the most I can take\.$/);
  assert.throws(() => parseAssistantName("x".repeat(41)), words);
  assert.throws(() => parseAssistantName("🔑".repeat(41)), words);
  assert.equal(parseAssistantName(`${" ".repeat(100)}x`), "x", "spaces around it don't count");
});

test("instructions are kept as they were written, but for the ends, control characters and line ends", () => {
  const text = "- <% one %>\n\n\t{{two}} `three` $" + "{X} \u202eright to left 🔑";
  assert.equal(parseInstructions(`\n  ${text}\u0000\r\n`), text);
  assert.equal(parseInstructions("a\r\nb\rc"), "a\nb\nc");
});

test("5,000 characters of instructions are taken, and one more is refused with both numbers", () => {
  const most = "🔑".repeat(MAX_INSTRUCTIONS_LENGTH);
  assert.equal(parseInstructions(most), most);
  assert.throws(() => parseInstructions(`${most}x`), invalid(/^That is 5001 characters; 5000 is the most I can take/));
});

for (const given of ["", "  \n ", "\u0000\u0001"]) {
  test(`instructions of ${JSON.stringify(given)} are refused`, () => {
    assert.throws(() => parseInstructions(given), invalid(/tell me in a few words/));
  });
}

test("whatever is taken is taken again unchanged", () => {
  for (const parse of [parseAssistantName, parseInstructions]) {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 60 }), (text) => {
        let once: string;
        try {
          once = parse(text);
        } catch (error) {
          assert.ok(isAppError(error, "invalid"));
          return;
        }
        assert.equal(parse(once), once);
      }),
    );
  }
});
