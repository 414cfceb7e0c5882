/** The one error class: code, words for a person, and the cause for an operator. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { AppError, isAppError, isRetryable } from "#src/domain/errors.ts";

test("an error carries its code, its words and its cause, and is an Error like any other", () => {
  const cause = new Error("detail");
  const error = new AppError("In plain words.", { code: "unavailable", cause });
  assert.ok(error instanceof Error);
  assert.deepEqual(
    [error.name, error.code, error.message, error.cause],
    ["AppError", "unavailable", "In plain words.", cause],
  );
  assert.match(String(error.stack), /errors\.test\.ts/);
});

test("one of ours is recognised, with a code or without", () => {
  const error = new AppError("x", { code: "conflict" });
  assert.equal(isAppError(error), true);
  assert.equal(isAppError(error, "conflict"), true);
  assert.equal(isAppError(error, "invalid"), false);
  for (const other of [new Error("x"), { name: "AppError", code: "conflict" }, "conflict", null, undefined]) {
    assert.equal(isAppError(other), false);
    assert.equal(isAppError(other, "conflict"), false);
  }
});

test("trying again helps against everything but what is invalid or forbidden", () => {
  const retryable = (["invalid", "forbidden", "not_found", "conflict", "unavailable", "internal"] as const).filter(
    (code) => isRetryable(new AppError("x", { code })),
  );
  assert.deepEqual(retryable, ["not_found", "conflict", "unavailable", "internal"]);
  assert.equal(isRetryable(new TypeError("x")), true);
  assert.equal(isRetryable("x"), true);
});
