/** The log: what a line holds, and that no secret gets into one, whichever way it comes. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { AppError } from "#src/domain/errors.ts";
import type { Logger } from "#src/domain/logger.ts";
import { Secret } from "#src/domain/secret.ts";
import { createLog } from "#src/log.ts";

const BOT_TOKEN = "123456789:ABCdefGHIjklMNOpqrsTUVwxyz0123456789";
const VIRTUAL_KEY = "blytz_vk_4rJ0dC3mYb7Qx1T9uVwZk2LsPnHf6EaGiOyRcXtBqDM";

function write(log: (logger: Logger) => void, level: "debug" | "info" = "info"): string {
  const lines: string[] = [];
  log(createLog({ level, stream: { write: (line) => void lines.push(line) } }));
  return lines.join("");
}

test("a line is JSON with level, time, fields and the constant message", () => {
  const line = JSON.parse(write((log) => log.info({ key: "alex", tookMs: 12 }, "step")));
  assert.deepEqual(Object.keys(line).sort(), ["key", "level", "msg", "time", "tookMs"]);
  assert.deepEqual([line.level, line.msg, line.key, line.tookMs], ["info", "step", "alex", 12]);
  assert.match(line.time, /^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
});

test("lines below the level are not written", () => {
  const text = write((log) => {
    log.debug({}, "hidden");
    log.warn({}, "shown");
    log.error({}, "shown too");
  });
  assert.deepEqual(
    text
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line).msg),
    ["shown", "shown too"],
  );
  assert.match(
    write((log) => log.debug({}, "shown"), "debug"),
    /shown/,
  );
});

test("a child's fields are in each of its lines, and grandchildren keep them", () => {
  const line = JSON.parse(
    write((log) => log.child({ process: "p" }).child({ loop: "billing" }).info({ key: 1 }, "rest")),
  );
  assert.deepEqual([line.process, line.loop, line.key], ["p", "billing", 1]);
});

test("a Secret prints as [redacted] wherever it is", () => {
  const value = new Secret("open sesame");
  const text = write((log) => log.child({ value }).info({ value, deep: { list: [value] } }, "step"));
  assert.doesNotMatch(text, /sesame/);
  assert.equal(text.split("[redacted]").length - 1, 3);
});

for (const name of [
  "authorization",
  "Cookie",
  "password",
  "botToken",
  "client_secret",
  "apiKey",
  "model_key",
  "token",
]) {
  test(`a field named ${name} is redacted at any depth, in a child's fields too`, () => {
    const fields = { [name]: "opensesame", request: { headers: [{ [name]: { deeper: "opensesame" } }] } };
    const text = write((log) => log.child(fields).info(fields, "step"));
    assert.doesNotMatch(text, /opensesame/);
    assert.match(text, /\[redacted\]/);
  });
}

for (const [what, secret] of Object.entries({
  "a bot token": BOT_TOKEN,
  "a bot token in an address": BOT_TOKEN.replace(":", "%3A"),
  "Stripe's key": "sk_test_51Hh2kLJd8sKq0aBcDeFgHiJ",
  "a restricted Stripe key": "rk_live_51Hh2kLJd8sKq0aBcDeFgHiJ",
  "the model provider's key": "sk-proj-Ab12Cd34Ef56Gh78Ij90",
  "the webhook's secret": "whsec_9f8e7d6c5b4a39281706",
  "a virtual key": VIRTUAL_KEY,
  "a gateway token": VIRTUAL_KEY.replace("vk_", ""),
  "a bearer header": "Bearer abcdef.ghijkl-mnopqr",
  "a pay link": "https://blytz.example/pay/Zk2LsPnHf6EaGiOyRcXtBqDM",
})) {
  test(`${what} is taken out of messages, fields, names, errors and their causes`, () => {
    const bare = secret.replace(/^Bearer |^.*\/pay\//, "");
    const address = /^\d/.test(secret) ? `/bot${secret}/getMe` : `/x?y=${secret}`;
    const cause = Object.assign(new Error(`GET ${address}`), { payload: { text: secret } });
    const err = new AppError(`failed with ${secret}.`, { code: "unavailable", cause });
    const text = write((log) =>
      log.error({ err, url: new URL(`http://x.example/?q=${secret}`), [secret]: [secret] }, secret),
    );
    assert.equal(text.includes(bare), false, text);
    const line = JSON.parse(text);
    assert.match(line.err.message, /^failed with .*\[redacted\]/);
    assert.match(line.err.cause.message, /\[redacted\]/);
    assert.match(line.msg, /\[redacted\]/);
  });
}

test("an error keeps what an operator needs: type, code, words, stack and the chain of causes", () => {
  const root = Object.assign(new TypeError("fetch failed"), { code: "ECONNREFUSED" });
  const err = new AppError("Stripe does not answer.", { code: "unavailable", cause: root });
  const line = JSON.parse(write((log) => log.error({ err }, "reconcile failed")));
  assert.deepEqual(
    [line.err.type, line.err.code, line.err.message],
    ["AppError", "unavailable", "Stripe does not answer."],
  );
  assert.match(line.err.stack, /log\.test\.ts/);
  assert.deepEqual([line.err.cause.type, line.err.cause.code], ["TypeError", "ECONNREFUSED"]);
});

test("an error's other properties stay out: a vendor's may hold the whole request", () => {
  const err = Object.assign(new Error("refused"), { payload: { text: "what a person wrote" } });
  assert.doesNotMatch(
    write((log) => log.error({ err }, "x")),
    /what a person wrote/,
  );
});

test("anything can be logged: rings, big numbers, bytes, maps, broken dates", () => {
  const ring: Record<string, unknown> = {};
  ring.self = ring;
  const line = JSON.parse(
    write((log) =>
      log.info(
        {
          ring,
          big: 12n,
          bytes: Buffer.from("opensesame"),
          map: new Map([["token", "opensesame"]]),
          set: new Set([1]),
          broken: new Date(Number.NaN),
          date: new Date(0),
          many: new AggregateError([new Error("one")], "several"),
          none: null,
        },
        "step",
      ),
    ),
  );
  assert.doesNotMatch(JSON.stringify(line), /opensesame/);
  assert.deepEqual(
    [line.big, line.bytes, line.map.token, line.set, line.broken, line.date, line.many.errors[0].message, line.none],
    ["12", "[10 bytes]", "[redacted]", [1], null, "1970-01-01T00:00:00.000Z", "one", null],
  );
});

test("ordinary words and ids are left alone", () => {
  const fields = {
    key: "alex-bot",
    attempt: "0b1e6f0e-8c5e-4b6e-9f7a-0d9f1d2c3b4a",
    at: "2026-02-18T10:30:00.000Z",
    hasToken: true,
  };
  const line = JSON.parse(write((log) => log.info(fields, "a task-list for 12:30")));
  for (const [name, value] of Object.entries(fields)) assert.equal(line[name], value);
  assert.equal(line.msg, "a task-list for 12:30");
});
