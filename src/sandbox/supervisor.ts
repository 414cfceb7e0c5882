/**
 * The sandbox: the stand-ins, and the platform's two processes spawned against them as they would run for real. Only base
 * URLs differ, so a kill here is a real kill. It knows nothing of pages; the control API and demo.ts build on it.
 */
import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { type Child, startChild } from "./child.ts";
import { type ModelStandIn, startModel } from "./model/start-model.ts";
import { openSandboxClock, type SandboxClock } from "./sandbox-clock.ts";
import { type StripeStandIn, startStripe } from "./stripe/start-stripe.ts";
import { startTelegram, type TelegramStandIn } from "./telegram/start-telegram.ts";

export type Sandbox = AsyncDisposable & {
  dir: string;
  platformUrl: string;
  clock: SandboxClock;
  telegram: TelegramStandIn;
  stripe: StripeStandIn;
  model: ModelStandIn;
  controlPlane: Child;
  modelGateway: Child;
  databasePath: string;
  customersDir: string;
  platformBot: string;
  /** Moves the clock for everybody, and lets what is due happen. */
  advance(seconds: number): void;
};

export type SandboxOptions = {
  /** Everything lies here; what a former run left is gone on with. */
  dir: string;
  /** 0 takes a free port. */
  platformPort: number;
  entries: { controlPlane: string; modelGateway: string };
  /** This process's environment, of which the platform inherits the few names that programs need. */
  environment: Record<string, string | undefined>;
  /** Settings of the platform, over the sandbox's own. */
  settings?: Record<string, string>;
  onRefused(logFile: string): void;
};

const PLATFORM_BOT = "BlytzBot";
const PRICE_ID = "price_blytz_monthly";
const CELL_PORTS = 100;
const SAVE_MS = 1000;

/** What must stay the same over restarts of the sandbox: keys, ports that others remember, and what the stand-ins know. */
type Saved = {
  keys: { stripe: string; webhook: string; model: string };
  ports: { telegram: number; stripe: number; model: number; modelGateway: number; firstCell: number };
  telegram?: unknown;
  stripe?: unknown;
};

export async function startSandbox(options: SandboxOptions): Promise<Sandbox> {
  const { dir } = options;
  for (const folder of [dir, join(dir, "platform"), join(dir, "customers")]) mkdirSync(folder, { recursive: true });
  await using stack = new AsyncDisposableStack();
  const saved = await readSaved(dir);
  const platformPort = options.platformPort === 0 ? await findFreePort() : options.platformPort;
  const platformUrl = `http://127.0.0.1:${platformPort}`;
  const clock = openSandboxClock(join(dir, "clock"));
  const telegram = stack.use(await startTelegram({ port: saved.ports.telegram, clock, saved: saved.telegram }));
  const webhook = { url: `${platformUrl}/api/webhook/stripe`, secret: saved.keys.webhook };
  const stripe = stack.use(
    await startStripe({
      port: saved.ports.stripe,
      clock,
      secretKey: saved.keys.stripe,
      priceId: PRICE_ID,
      webhook,
      saved: saved.stripe,
    }),
  );
  const model = stack.use(await startModel({ port: saved.ports.model, clock, apiKey: saved.keys.model }));
  const bot = openPlatformBot(telegram, dir);
  stack.use(keepSaved(dir, saved, telegram, stripe));

  const databasePath = join(dir, "platform", "database.sqlite");
  const customersDir = join(dir, "customers");
  const env = toEnvironments({ saved, clock, telegram, stripe, model, bot, platformPort, databasePath, customersDir });
  const spawnChild = (name: "controlPlane" | "modelGateway", logFile: string): Child => {
    const whole = { ...inherit(options.environment), ...env[name], ...options.settings };
    const onRefused = (): void => options.onRefused(logFile);
    return stack.use(startChild({ entry: options.entries[name], env: whole, logFile, onRefused }));
  };
  const controlPlane = spawnChild("controlPlane", join(dir, "control-plane.log"));
  const modelGateway = spawnChild("modelGateway", join(dir, "model-gateway.log"));
  const owned = stack.move();
  return {
    dir,
    platformUrl,
    clock,
    telegram,
    stripe,
    model,
    controlPlane,
    modelGateway,
    databasePath,
    customersDir,
    platformBot: PLATFORM_BOT,
    advance(seconds) {
      clock.advance(seconds);
      stripe.tick();
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** A child sees where programs and homes are, and nothing else of this process's environment. */
function inherit(environment: Record<string, string | undefined>): Record<string, string> {
  return Object.fromEntries(
    ["PATH", "HOME", "TMPDIR", "LANG"].flatMap((name) => {
      const value = environment[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );
}

/** What an operator would write into the configuration of each process, here with the stand-ins' addresses. */
function toEnvironments(sandbox: {
  saved: Saved;
  clock: SandboxClock;
  telegram: TelegramStandIn;
  stripe: StripeStandIn;
  model: ModelStandIn;
  bot: { token: string };
  platformPort: number;
  databasePath: string;
  customersDir: string;
}): { controlPlane: Record<string, string>; modelGateway: Record<string, string> } {
  const { saved, model, platformPort } = sandbox;
  const shared = {
    SANDBOX: "1",
    DATABASE_PATH: sandbox.databasePath,
    MODEL_GATEWAY_PORT: String(saved.ports.modelGateway),
  };
  const controlPlane = {
    ...shared,
    BLYTZ_BOT_TOKEN: sandbox.bot.token,
    STRIPE_SECRET_KEY: saved.keys.stripe,
    STRIPE_WEBHOOK_SECRET: saved.keys.webhook,
    STRIPE_PRICE_ID: PRICE_ID,
    PUBLIC_URL: `http://127.0.0.1:${platformPort}`,
    PLATFORM_PORT: String(platformPort),
    CUSTOMERS_DIR: sandbox.customersDir,
    OPERATOR_CHAT_ID: "9001",
    SUPPORT_CONTACT: "@operator",
    PORT_RANGE_START: String(saved.ports.firstCell),
    PORT_RANGE_END: String(saved.ports.firstCell + CELL_PORTS - 1),
    TELEGRAM_API_ROOT: sandbox.telegram.url,
    STRIPE_API_BASE: sandbox.stripe.url,
    RUNTIME: "process",
    RESYNC_SECONDS: "10",
    SANDBOX_CLOCK_FILE: sandbox.clock.file,
  };
  const modelGateway = {
    ...shared,
    OPENAI_API_KEY: saved.keys.model,
    OPENAI_BASE_URL: `${model.url}/v1`,
    OPENAI_MODEL: "sandbox-model",
  };
  return { controlPlane, modelGateway };
}

/** The platform's own bot, made once by the operator; its token is all that the platform gets. */
function openPlatformBot(telegram: TelegramStandIn, dir: string): { token: string } {
  const file = join(dir, "platform-bot.json");
  if (existsSync(file)) return JSON.parse(readFileSync(file, "utf8")) as { token: string };
  const { token } = telegram.createBot({ owner: "operator", username: PLATFORM_BOT, name: "Blytz", platform: true });
  writeFileSync(file, JSON.stringify({ token }), { mode: 0o600 });
  return { token };
}

async function readSaved(dir: string): Promise<Saved> {
  const file = join(dir, "stand-ins.json");
  if (existsSync(file)) return JSON.parse(readFileSync(file, "utf8")) as Saved;
  const key = (prefix: string): string => `${prefix}${randomBytes(24).toString("hex")}`;
  const [telegram, stripe, model, modelGateway] = await Promise.all([1, 2, 3, 4].map(() => findFreePort()));
  if (!telegram || !stripe || !model || !modelGateway) throw new Error("no free port was found");
  return {
    keys: { stripe: key("sk_test_"), webhook: key("whsec_"), model: key("sk-sandbox-") },
    ports: { telegram, stripe, model, modelGateway, firstCell: await findFreeBlock() },
  };
}

/** Saves what the stand-ins know about once a second and at the end, so that SANDBOX_DIR can be gone on with. */
function keepSaved(dir: string, saved: Saved, telegram: TelegramStandIn, stripe: StripeStandIn): Disposable {
  const file = join(dir, "stand-ins.json");
  let last = "";
  const save = (): void => {
    const text = JSON.stringify({ ...saved, telegram: telegram.snapshot(), stripe: stripe.snapshot() });
    if (text === last) return;
    last = text;
    writeFileSync(`${file}.new`, text, { mode: 0o600 });
    renameSync(`${file}.new`, file);
  };
  save();
  const timer = setInterval(save, SAVE_MS);
  return {
    [Symbol.dispose]() {
      clearInterval(timer);
      save();
    },
  };
}

/** Ports for cells, chosen so that two sandboxes on one machine rarely want the same. */
async function findFreeBlock(): Promise<number> {
  for (;;) {
    const first = 20_000 + CELL_PORTS * Math.floor(Math.random() * 100);
    const ports = Array.from({ length: CELL_PORTS }, (_each, index) => first + index);
    const found = await Promise.allSettled(ports.map((port) => findFreePort(port)));
    if (found.every(({ status }) => status === "fulfilled")) return first;
  }
}

/** The port itself if it is free, or any free one for 0. Rejects for one that is taken. */
export function findFreePort(port = 0): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once("error", reject);
    probe.listen(port, "127.0.0.1", () => {
      const address = probe.address();
      probe.close(() =>
        typeof address === "object" && address !== null ? resolve(address.port) : reject(new Error("no port")),
      );
    });
  });
}
