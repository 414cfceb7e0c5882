/** A draft: which question is open, and what the pieces of instructions make together. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { toInstructionsText, toNextStep } from "#src/domain/draft.ts";

const ANSWERED = { name: "Ada", instructions: [{ messageId: 1, text: "a" }], bot: { id: 7, username: "AdaBot" } };

test("the next question is the first without an answer, and with all answers the review", () => {
  assert.equal(toNextStep({ name: null, instructions: [], bot: null }), "name");
  assert.equal(toNextStep({ ...ANSWERED, name: null }), "name");
  assert.equal(toNextStep({ ...ANSWERED, instructions: [] }), "instructions");
  assert.equal(toNextStep({ ...ANSWERED, instructions: [], bot: null }), "instructions");
  assert.equal(toNextStep({ ...ANSWERED, bot: null }), "token");
  assert.equal(toNextStep(ANSWERED), "review");
});

test("several messages of instructions are one text, a line break between them", () => {
  assert.equal(toInstructionsText([]), "");
  const pieces = [
    { messageId: 2, text: "first\nstill first" },
    { messageId: 1, text: "second" },
  ];
  assert.equal(toInstructionsText(pieces), "first\nstill first\nsecond");
});
