/**
 * The environment as typed settings: one schema, every problem reported at once, by name, in plain words. Defaults are a
 * production server's; the sandbox passes its own. Nothing else in the project reads the environment.
 */
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { z } from "zod";
import { AppError } from "./domain/errors.ts";
import { Secret } from "./domain/secret.ts";

const secret = (what: string) =>
  z
    .string({ error: `is missing: ${what}` })
    .min(1, `is empty: ${what}`)
    .transform((text) => new Secret(text));
const whole = (least: number, most: number) =>
  z.coerce
    .number({ error: "must be a whole number" })
    .int("must be a whole number")
    .min(least, `must be at least ${least}`)
    .max(most, `must be at most ${most}`);
const url = z
  .url({ protocol: /^https?$/, error: "must be a web address, such as https://example.org" })
  .transform((text) => text.replace(/\/+$/, ""));

const port = whole(1, 65_535);
const TEMPLATES = join(import.meta.dirname, "..", "templates");
const CACHE = join(homedir(), ".cache", "blytz");

const fields = {
  BLYTZ_BOT_TOKEN: secret("the platform bot's token, from @BotFather").describe(
    "Token of the bot that people order from.",
  ),
  STRIPE_SECRET_KEY: secret("Stripe's secret or restricted key").describe("Stripe's API key."),
  STRIPE_WEBHOOK_SECRET: secret("the webhook endpoint's signing secret").describe(
    "Signing secret of the webhook endpoint.",
  ),
  STRIPE_PRICE_ID: z
    .string({ error: "is missing: the id of the $29 a month price" })
    .startsWith("price_", "must begin with price_")
    .describe("The monthly price."),
  OPENAI_API_KEY: secret("the model provider's key").describe(
    "The model provider's key; only the model gateway reads it.",
  ),
  OPENAI_BASE_URL: url.default("https://api.openai.com/v1").describe("The model provider's API."),
  OPENAI_MODEL: z.string().default("gpt-5-mini").describe("The provider's model that assistants think with."),
  PUBLIC_URL: url.default("https://blytz.cloud").describe("Where people and Stripe reach this server."),
  PLATFORM_PORT: port.default(8080).describe("Port of the control plane, on the loopback."),
  MODEL_GATEWAY_PORT: port.default(4000).describe("Port of the model gateway."),
  DATABASE_PATH: z
    .string()
    .default("/opt/blytz/platform/database.sqlite")
    .describe("The SQLite file; its directory is Blytz's alone."),
  CUSTOMERS_DIR: z.string().default("/opt/blytz/customers").describe("One directory for each customer."),
  TEMPLATES_DIR: z.string().default(TEMPLATES).describe("Templates of pages and workspaces."),
  SECRETS_KEY: z
    .string()
    .transform((text) => new Secret(text))
    .optional()
    .describe("32 bytes in base64 or hex that seal secrets at rest; else a key file is made beside the database."),
  MAX_CUSTOMERS: whole(1, 1000).default(20).describe("Seats that are sold at most."),
  PORT_RANGE_START: port.default(30_000).describe("First port for cells."),
  PORT_RANGE_END: port.default(30_999).describe("Last port for cells."),
  SERVE_DEADLINE_MINUTES: whole(1, 1440)
    .default(15)
    .describe("Minutes from payment in which an order is to be served."),
  OPERATOR_CHAT_ID: whole(-1e15, 1e15).optional().describe("Telegram chat that is told when something needs a person."),
  SUPPORT_CONTACT: z.string().optional().describe("How customers reach a person, for example @yourname."),
  OPENCLAW_GATEWAY_TOKEN_PREFIX: z
    .string()
    .regex(/^[\w-]*$/, "may hold letters, digits, _ and - only")
    .default("blytz_")
    .describe("What gateway tokens begin with."),
  OPENCLAW_CACHE_DIR: z.string().default(CACHE).describe("Where the sandbox keeps its installed OpenClaw."),
  TELEGRAM_API_ROOT: url.default("https://api.telegram.org").describe("Telegram's Bot API."),
  STRIPE_API_BASE: url.optional().describe("Stripe's API, where it is not Stripe's own."),
  LOG_LEVEL: z
    .enum(["debug", "info", "warn", "error"], { error: "must be debug, info, warn or error" })
    .default("info")
    .describe("How much is logged."),
  RUNTIME: z
    .enum(["docker", "process"], { error: "must be docker or process" })
    .default("docker")
    .describe("What runs cells; process is for the sandbox."),
  RESYNC_SECONDS: whole(1, 3600).default(60).describe("How often everything is compared with the truth."),
  SANDBOX: z
    .literal("1", { error: "must be 1, or not set" })
    .optional()
    .describe("Set by the sandbox's supervisor only."),
  SANDBOX_CLOCK_FILE: z.string().optional().describe("Where the sandbox keeps how far its clock is ahead."),
};

/** The control plane never reads the model provider's key. */
const { OPENAI_API_KEY, OPENAI_BASE_URL, OPENAI_MODEL, ...controlPlaneFields } = fields;
const controlPlane = z.object(controlPlaneFields);
const modelGateway = z.object({
  OPENAI_API_KEY,
  OPENAI_BASE_URL,
  OPENAI_MODEL,
  MODEL_GATEWAY_PORT: fields.MODEL_GATEWAY_PORT,
  DATABASE_PATH: fields.DATABASE_PATH,
  LOG_LEVEL: fields.LOG_LEVEL,
});

export type Config = z.output<typeof controlPlane>;
export type ModelGatewayConfig = z.output<typeof modelGateway>;

const rules: ((config: Config) => string | null)[] = [
  (config) =>
    config.PORT_RANGE_END - config.PORT_RANGE_START + 1 < config.MAX_CUSTOMERS
      ? "PORT_RANGE_END: the range has fewer ports than MAX_CUSTOMERS asks for"
      : null,
  (config) =>
    [config.PLATFORM_PORT, config.MODEL_GATEWAY_PORT].some(
      (port) => port >= config.PORT_RANGE_START && port <= config.PORT_RANGE_END,
    )
      ? "PORT_RANGE_START: PLATFORM_PORT and MODEL_GATEWAY_PORT must lie outside the cells' range"
      : null,
  (config) =>
    config.PLATFORM_PORT === config.MODEL_GATEWAY_PORT ? "MODEL_GATEWAY_PORT: it must differ from PLATFORM_PORT" : null,
  (config) =>
    config.RUNTIME === "process" && config.SANDBOX === undefined
      ? "RUNTIME: `process` isolates nothing and is for `npm run demo` only"
      : null,
  (config) =>
    config.RUNTIME === "docker"
      ? "RUNTIME: `docker` is not part of this version yet; cells run as processes, in the sandbox (`npm run demo`) only"
      : null,
  (config) =>
    config.SANDBOX_CLOCK_FILE !== undefined && config.SANDBOX === undefined
      ? "SANDBOX_CLOCK_FILE: a clock that can be moved is for the sandbox only; remove it"
      : null,
  (config) =>
    config.SANDBOX === undefined && !config.PUBLIC_URL.startsWith("https://")
      ? "PUBLIC_URL: it must begin with https://"
      : null,
  (config) =>
    dirname(config.DATABASE_PATH) === config.CUSTOMERS_DIR
      ? "CUSTOMERS_DIR: it must not be the database's own directory"
      : null,
];

/** Throws `invalid` whose message lists every problem on a line of its own. An empty value counts as not set. */
export function readConfig(env: Environment): Config {
  return parse(controlPlane, rules, env);
}

/** The model gateway's own part of the same settings. Throws as readConfig. */
export function readModelGatewayConfig(env: Environment): ModelGatewayConfig {
  return parse(modelGateway, [], env);
}

type Environment = Record<string, string | undefined>;

function parse<Settings>(
  schema: z.ZodType<Settings>,
  crossFieldRules: ((settings: Settings) => string | null)[],
  env: Environment,
): Settings {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== ""));
  const parsed = schema.safeParse(given);
  const problems = parsed.success
    ? crossFieldRules.map((rule) => rule(parsed.data)).filter((problem) => problem !== null)
    : parsed.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}.`);
  if (parsed.success && problems.length === 0) return parsed.data;
  const count = problems.length === 1 ? "One setting needs" : `${problems.length} settings need`;
  throw new AppError([`${count} your attention:`, ...problems.map((problem) => `  - ${problem}`)].join("\n"), {
    code: "invalid",
  });
}

/** For the README's table. */
export function listSettings(): { name: string; default: string; description: string }[] {
  return Object.entries(fields).map(([name, field]) => ({
    name,
    default: toDefault(field),
    description: field.description ?? "",
  }));
}

function toDefault(field: z.ZodType): string {
  const parsed = field.safeParse(undefined);
  if (!parsed.success) return "required";
  return parsed.data === undefined ? "–" : String(parsed.data);
}
