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

test("bullets without a blank, emoji of several characters and checkboxes are bullets too", () => {
  const text = "•Drafts\n✅Calls\n👩‍💻 Code\n1️⃣ First\n- [ ] Open\n- [x] Done\n→ Next";
  assert.deepEqual(parseResponsibilities(text), ["Drafts", "Calls", "Code", "First", "Open", "Done", "Next"]);
});

test("numbers and letters of other scripts are taken, and a name with an initial is not a list", () => {
  assert.deepEqual(parseResponsibilities("1、写报价\n2、跟进发票"), ["写报价", "跟进发票"]);
  assert.deepEqual(parseResponsibilities("١. المواعيد\nб) Счета\n3.Draft"), ["المواعيد", "Счета", "Draft"]);
  assert.deepEqual(parseResponsibilities("A. Smith is my client.\nI write."), ["A. Smith is my client.", "I write."]);
});

test("an item that goes on in an indented line is one item", () => {
  assert.deepEqual(parseResponsibilities("- Proposals\n  for new clients\n- Invoices\nThanks!"), [
    "Proposals for new clients",
    "Invoices",
  ]);
});

test("plain lines after an introduction are taken, and what comes before it is not", () => {
  assert.deepEqual(parseResponsibilities("I'm a developer. I need help with:\nProposals\nInvoices"), [
    "Proposals",
    "Invoices",
  ]);
});

test("a text with nothing to list is its own only item", () => {
  assert.deepEqual(parseResponsibilities("I need help with:"), ["I need help with:"]);
  assert.deepEqual(parseResponsibilities(" \n ??\n!"), ["?? !"]);
  assert.deepEqual(parseResponsibilities("- …\nMy taxes"), ["My taxes"]);
});

test("a repeated line counts once, a long one is cut, and a blank text has nothing", () => {
  assert.deepEqual(parseResponsibilities(" \n \u2028 \n"), []);
  assert.deepEqual(parseResponsibilities("- a\n- a\n- b"), ["a", "b"]);
  assert.deepEqual(parseResponsibilities(`- A${"🔑".repeat(200)}`), [`A${"🔑".repeat(198)}…`]);
});

const line = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.constantFrom(
    "- ",
    "1. ",
    "a) ",
    "• x",
    "Help with:",
    "\u0085",
    "\u2028",
    "\r",
    "\v",
    "\f",
    "\u001D",
    "x".repeat(300),
  ),
);
const anyText = fc.array(line, { maxLength: 30 }).map((lines) => lines.join("\n"));

test("any text gives one to twelve single lines of at most 200 characters, none only where it is blank", () => {
  fc.assert(
    fc.property(anyText, (text) => {
      const found = parseResponsibilities(text);
      assert.ok(found.length <= 12);
      // biome-ignore lint/suspicious/noControlCharactersInRegex: they end lines too.
      assert.equal(found.length === 0, text.replaceAll(/[\u001C-\u001E\u0085]/g, " ").trim() === "");
      for (const item of found) {
        assert.ok([...item].length <= 200 && item.trim() !== "");
        // biome-ignore lint/suspicious/noControlCharactersInRegex: they end lines too.
        assert.doesNotMatch(item, /[\n\r\v\f\u001C-\u001E\u0085\u2028\u2029]/);
      }
    }),
    { numRuns: 300 },
  );
});
