/** The table of errors: each code with its status, and nothing internal in a body. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { AppError, type ErrorCode } from "#src/domain/errors.ts";
import { PUBLIC_ERRORS, toErrorReply, toReply } from "#src/web/errors.ts";

const APP_ERRORS: Record<ErrorCode, [status: number, code: string]> = {
  invalid: [400, "validation_failed"],
  forbidden: [403, "forbidden"],
  not_found: [404, "not_found"],
  conflict: [409, "already_exists"],
  unavailable: [503, "unavailable"],
  internal: [500, "internal_error"],
};

for (const [code, [status, error]] of Object.entries(APP_ERRORS)) {
  test(`an error of ours with code ${code} is answered with ${status} ${error}`, () => {
    const reply = toErrorReply(
      new AppError("In plain words.", { code: code as ErrorCode, cause: new Error("detail") }),
    );
    const message = code === "internal" ? "Something went wrong on our side." : "In plain words.";
    assert.deepEqual(reply, { status, body: { error, message } });
  });
}

test("the product's public codes have the statuses that its document promises", () => {
  const statuses = Object.entries(PUBLIC_ERRORS).map(([code, { status }]) => `${code} ${status}`);
  assert.deepEqual(statuses.slice(0, 10), [
    "validation_failed 400",
    "invalid_email 400",
    "invalid_bot_token 400",
    "instructions_too_long 400",
    "already_exists 409",
    "not_found 404",
    "at_capacity 503",
    "provisioning_failed 500",
    "payment_failed 402",
    "internal_error 500",
  ]);
});

for (const [status, error] of [
  [400, "validation_failed"],
  [404, "not_found"],
  [405, "validation_failed"],
  [413, "payload_too_large"],
  [415, "unsupported_media_type"],
  [429, "too_many_requests"],
] as const) {
  test(`the framework's ${status} is answered as ${error}, in words of ours`, () => {
    const reply = toErrorReply(Object.assign(new Error("FST_ERR: a stack, a path"), { statusCode: status }));
    assert.equal(reply.body.error, error);
    assert.equal(reply.body.message, PUBLIC_ERRORS[error].message);
  });
}

for (const thrown of [
  new Error("SQLITE_FULL at /secret/path"),
  Object.assign(new Error("secret"), { statusCode: 502 }),
  Object.assign(new Error("secret"), { statusCode: 200 }),
  Object.assign(new Error("secret"), { statusCode: "x" }),
  "secret",
  null,
]) {
  test(`anything else thrown (${JSON.stringify(thrown)} of ${typeof thrown}) is a 500 that tells nothing`, () => {
    const body = { error: "internal_error", message: "Something went wrong on our side." };
    assert.deepEqual(toErrorReply(thrown), { status: 500, body });
  });
}

test("a code may come with words of its own", () => {
  assert.deepEqual(toReply("at_capacity", "Full."), { status: 503, body: { error: "at_capacity", message: "Full." } });
});
