/**
 * The control plane put together: what opens first closes last. With the entry points, the only file that knows both ports
 * and adapters. It decides nothing.
 */
import { Api } from "grammy";
import { renderOpenclawConfig, renderSecrets } from "./adapters/openclaw/config.ts";
import { readGatewayHealth } from "./adapters/openclaw/health.ts";
import { createPayments, type StripePrice } from "./adapters/stripe/payments.ts";
import { createVerifyWebhook } from "./adapters/stripe/webhook.ts";
import { createInspectBotToken } from "./adapters/telegram/inspect-bot-token.ts";
import { createMessenger } from "./adapters/telegram/messenger.ts";
import { scrubbedFetch } from "./adapters/telegram/scrubbed-fetch.ts";
import { createWorkspaceRenderer } from "./adapters/workspace/render.ts";
import { createBot } from "./bot/create-bot.ts";
import { describeBot } from "./bot/describe.ts";
import { readBotIdentity } from "./bot/identity.ts";
import { startInbox } from "./bot/inbox.ts";
import { openClock } from "./clock.ts";
import type { Config } from "./config.ts";
import type { Clock } from "./domain/clock.ts";
import type { Logger } from "./domain/logger.ts";
import type { Messenger } from "./domain/ports/messenger.ts";
import type { Payments } from "./domain/ports/payments.ts";
import type { Runtime } from "./domain/ports/runtime.ts";
import { PRICE } from "./domain/price.ts";
import { createProvisioner, type Provisioner } from "./provisioner/provisioner.ts";
import { createOpenclawCommand } from "./sandbox/openclaw-package/command.ts";
import type { CellCommand } from "./sandbox/process-runtime/command.ts";
import { openProcessRuntime } from "./sandbox/process-runtime/runtime.ts";
import { openStore, type Store } from "./store/database.ts";
import { createWeb } from "./web/create-web.ts";

export type AppOptions = {
  logger: Logger;
  /** What is run as a cell; OpenClaw unless a test says otherwise. */
  cellCommand?: CellCommand;
  /** Called at each boundary at which a kill must be harmless, as `loop:step:when`. */
  onBoundary?: (boundary: string) => void;
};

const VERSION = "0.1.0";

/** Resolves when the control plane serves. Disposing stops it: what runs is finished, cells are left alone. */
export async function startApp(config: Config, options: AppOptions): Promise<AsyncDisposable> {
  const { logger, onBoundary = () => {} } = options;
  await using stack = new AsyncDisposableStack();
  const clock = stack.use(openClock(config.SANDBOX_CLOCK_FILE));
  const store = stack.use(openStore(config.DATABASE_PATH, config.SECRETS_KEY ?? null));
  const runtime = announce("runtime", openRuntime(config, clock, options), options);
  const stripe = createPayments({
    secretKey: config.STRIPE_SECRET_KEY,
    apiBase: config.STRIPE_API_BASE ?? null,
    priceId: config.STRIPE_PRICE_ID,
  });
  void checkPrice(stripe, logger);
  const payments = announce("stripe", stripe, options);
  const telegram = createMessenger({ token: config.BLYTZ_BOT_TOKEN, apiRoot: config.TELEGRAM_API_ROOT });
  const messenger = announce("telegram", telegram, options);
  const provisioner = stack.use(
    openProvisioner(config, { store, clock, logger, runtime, payments, messenger, onBoundary }),
  );
  const api = new Api(config.BLYTZ_BOT_TOKEN.reveal(), {
    apiRoot: config.TELEGRAM_API_ROOT,
    timeoutSeconds: 60,
    fetch: scrubbedFetch,
  });
  const botInfo = await readBotIdentity({ api, token: config.BLYTZ_BOT_TOKEN, store, logger });
  void describeBot({ api, logger });
  await listen(config, stack, { store, clock, logger, provisioner, botUsername: botInfo.username });
  provisioner.start();
  clock.onMoved(() => provisioner.resync());
  const bot = createBot({
    token: config.BLYTZ_BOT_TOKEN,
    botInfo,
    apiRoot: config.TELEGRAM_API_ROOT,
    fetch: scrubbedFetch,
    store,
    clock,
    logger,
    inspectBotToken: createInspectBotToken({
      apiRoot: config.TELEGRAM_API_ROOT,
      platformToken: config.BLYTZ_BOT_TOKEN,
    }),
    maxCustomers: config.MAX_CUSTOMERS,
    publicUrl: config.PUBLIC_URL,
    supportContact: config.SUPPORT_CONTACT ?? null,
    enqueueBilling: (customerId) => provisioner.billing.enqueue(customerId),
    readProgress: provisioner.readProgress,
  });
  stack.use(startInbox({ api, store, ...bot, clock, logger, onStep: onBoundary }));
  logger.info({ port: config.PLATFORM_PORT, bot: botInfo.username }, "control plane serves");
  return stack.move();
}

/** Cells can be asked for at once; what they need is brought in the background, and tried again until it is there. */
function openRuntime(config: Config, clock: Clock, { logger, cellCommand }: AppOptions): Runtime {
  const command = cellCommand ?? createOpenclawCommand({ cacheDir: config.OPENCLAW_CACHE_DIR, logger });
  return openProcessRuntime({
    customersDir: config.CUSTOMERS_DIR,
    telegramApiRoot: config.TELEGRAM_API_ROOT,
    modelBaseUrl: `http://127.0.0.1:${config.MODEL_GATEWAY_PORT}/v1`,
    command,
    clock,
    logger,
  });
}

/** For tests: a boundary where the outside has answered and nothing of it is recorded yet, as `port:call:answered`. */
function announce<Port extends object>(name: string, port: Port, { onBoundary }: AppOptions): Port {
  if (onBoundary === undefined) return port;
  return new Proxy(port, {
    get(target, property, receiver) {
      const member: unknown = Reflect.get(target, property, receiver);
      if (typeof member !== "function") return member;
      return (...given: unknown[]) => {
        const answer: unknown = member.apply(target, given);
        if (!(answer instanceof Promise)) return answer;
        return answer.then((result: unknown) => {
          onBoundary(`${name}:${String(property)}:answered`);
          return result;
        });
      };
    },
  });
}

/** What is sold must be what the pages name. Said loudly; whoever paid is served all the same. */
async function checkPrice(stripe: { readPrice(): Promise<StripePrice> }, logger: Logger): Promise<void> {
  try {
    const price = await stripe.readPrice();
    const { unitAmountCents, currency, interval } = PRICE;
    const isRight = price.active && price.unitAmountCents === unitAmountCents && price.currency === currency;
    if (!isRight || price.interval !== interval)
      logger.error({ price }, "STRIPE_PRICE_ID is not the price that is named");
  } catch (error) {
    logger.warn({ err: error }, "the price could not be checked");
  }
}

function openProvisioner(
  config: Config,
  parts: {
    store: Store;
    clock: Clock;
    logger: Logger;
    runtime: Runtime;
    payments: Payments;
    messenger: Messenger;
    onBoundary: (boundary: string) => void;
  },
): Provisioner {
  return createProvisioner({
    ...parts,
    publicUrl: config.PUBLIC_URL,
    readGatewayHealth,
    renderWorkspace: createWorkspaceRenderer(config.TEMPLATES_DIR),
    renderConfig: (spec, place, secrets) => ({
      "openclaw.json": renderOpenclawConfig(spec, place),
      "secrets.json": renderSecrets(secrets),
    }),
    ports: { first: config.PORT_RANGE_START, last: config.PORT_RANGE_END },
    gatewayTokenPrefix: config.OPENCLAW_GATEWAY_TOKEN_PREFIX,
    serveDeadlineMinutes: config.SERVE_DEADLINE_MINUTES,
    operatorChatId: config.OPERATOR_CHAT_ID ?? null,
    resyncMs: config.RESYNC_SECONDS * 1000,
    onStep: ({ loop, step, when }) => parts.onBoundary(`${loop}:${step}:${when}`),
  });
}

async function listen(
  config: Config,
  stack: AsyncDisposableStack,
  parts: { store: Store; clock: Clock; logger: Logger; provisioner: Provisioner; botUsername: string },
): Promise<void> {
  const { clock, provisioner } = parts;
  const startedAt = performance.now();
  const web = createWeb({
    ...parts,
    publicUrl: config.PUBLIC_URL,
    templatesDir: config.TEMPLATES_DIR,
    maxCustomers: config.MAX_CUSTOMERS,
    verifyWebhook: createVerifyWebhook({ secrets: [config.STRIPE_WEBHOOK_SECRET], clock }),
    enqueueBilling: (customerId) => provisioner.billing.enqueue(customerId),
    readProgress: provisioner.readProgress,
    readPlatformHealth: () => ({
      version: VERSION,
      uptimeSeconds: (performance.now() - startedAt) / 1000,
      isStopping: false,
    }),
  });
  stack.defer(() => web.close());
  await web.listen({ host: "127.0.0.1", port: config.PLATFORM_PORT });
}
