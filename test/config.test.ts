/** The settings: defaults, every problem at once, cross-field rules, secrets that do not print. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { inspect } from "node:util";
import { listSettings, readConfig, readModelGatewayConfig } from "#src/config.ts";
import { AppError } from "#src/domain/errors.ts";

const TOKEN = "1234567890:AAsecretsecretsecretsecretsecretsec";
const usual = {
  BLYTZ_BOT_TOKEN: TOKEN,
  STRIPE_SECRET_KEY: "sk_test_1",
  STRIPE_WEBHOOK_SECRET: "whsec_1",
  STRIPE_PRICE_ID: "price_1",
  SANDBOX: "1",
  RUNTIME: "process",
};

function problemsOf(env: Record<string, string | undefined>): string[] {
  try {
    readConfig(env);
  } catch (error) {
    assert.ok(error instanceof AppError && error.code === "invalid");
    return error.message.split("\n");
  }
  return [];
}

test("what is not given has the product document's default", () => {
  const config = readConfig(usual);
  assert.equal(config.MAX_CUSTOMERS, 20);
  assert.equal(config.PORT_RANGE_START, 30_000);
  assert.equal(config.PLATFORM_PORT, 8080);
  assert.equal(config.DATABASE_PATH, "/opt/blytz/platform/database.sqlite");
});

test("a config with three mistakes names all three, in plain words", () => {
  const problems = problemsOf({ ...usual, BLYTZ_BOT_TOKEN: "", PLATFORM_PORT: "eighty", LOG_LEVEL: "loud" });
  assert.deepEqual(problems, [
    "3 settings need your attention:",
    "  - BLYTZ_BOT_TOKEN: is missing: the platform bot's token, from @BotFather.",
    "  - PLATFORM_PORT: must be a whole number.",
    "  - LOG_LEVEL: must be debug, info, warn or error.",
  ]);
});

test("settings that contradict each other are refused by name", () => {
  const cases: [Record<string, string>, RegExp][] = [
    [{ PORT_RANGE_END: "30005" }, /PORT_RANGE_END: the range has fewer ports/],
    [{ PLATFORM_PORT: "30001" }, /PORT_RANGE_START: PLATFORM_PORT and MODEL_GATEWAY_PORT must lie outside/],
    [{ MODEL_GATEWAY_PORT: "8080" }, /MODEL_GATEWAY_PORT: it must differ/],
    [{ SANDBOX: "" }, /RUNTIME: `process` isolates nothing/],
    [{ RUNTIME: "docker" }, /RUNTIME: `docker` is not part of this version yet/],
    [{ SANDBOX: "", SANDBOX_CLOCK_FILE: "/tmp/clock" }, /SANDBOX_CLOCK_FILE: a clock that can be moved/],
    [{ SANDBOX: "", PUBLIC_URL: "http://blytz.cloud" }, /PUBLIC_URL: it must begin with https/],
    [{ CUSTOMERS_DIR: "/opt/blytz/platform" }, /CUSTOMERS_DIR: it must not be the database's own/],
  ];
  for (const [changed, words] of cases) assert.match(problemsOf({ ...usual, ...changed }).join("\n"), words);
});

test("a secret does not show when the settings are printed", () => {
  const config = readConfig({ ...usual, SECRETS_KEY: "do-not-show" });
  const printed = inspect(config) + JSON.stringify(config);
  for (const hidden of [TOKEN, "sk_test_1", "whsec_1", "do-not-show"]) assert.ok(!printed.includes(hidden), hidden);
  assert.equal(config.BLYTZ_BOT_TOKEN.reveal(), TOKEN);
});

test("the control plane never holds the model provider's key, and the model gateway holds nothing else", () => {
  assert.ok(!inspect(readConfig({ ...usual, OPENAI_API_KEY: "sk-provider" }), { depth: 9 }).includes("OPENAI"));
  const config = readModelGatewayConfig({ ...usual, OPENAI_API_KEY: "sk-provider" });
  assert.equal(config.OPENAI_API_KEY.reveal(), "sk-provider");
  assert.ok(!("BLYTZ_BOT_TOKEN" in config));
});

test("every setting says what it is for", () => {
  assert.deepEqual(
    listSettings().filter(({ description }) => description.length < 10),
    [],
  );
});
