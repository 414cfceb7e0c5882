/**
 * The three loops in this process, over stand-ins at the wire and thin cells: a world in which a test can drop every
 * object and go on from the database, move the clock, and read each decision.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { renderOpenclawConfig, renderSecrets } from "#src/adapters/openclaw/config.ts";
import { readGatewayHealth } from "#src/adapters/openclaw/health.ts";
import { createPayments } from "#src/adapters/stripe/payments.ts";
import { createMessenger } from "#src/adapters/telegram/messenger.ts";
import { createWorkspaceRenderer } from "#src/adapters/workspace/render.ts";
import { type Logger, silentLogger } from "#src/domain/logger.ts";
import { Secret } from "#src/domain/secret.ts";
import { createProvisioner, type Provisioner } from "#src/provisioner/provisioner.ts";
import type { OnStep } from "#src/provisioner/steps.ts";
import { openProcessRuntime } from "#src/sandbox/process-runtime/runtime.ts";
import { stopCells } from "#src/sandbox/process-runtime/stop-cells.ts";
import { startStripe } from "#src/sandbox/stripe/start-stripe.ts";
import { findFreePort } from "#src/sandbox/supervisor.ts";
import { startTelegram } from "#src/sandbox/telegram/start-telegram.ts";
import { writeSpec } from "#src/store/assistants.ts";
import { findLiveAttempt, holdSeat, wantCheckout } from "#src/store/checkout-attempts.ts";
import { createCustomer, readCustomer } from "#src/store/customers.ts";
import { eventually } from "#test/support/eventually.ts";
import { openTemporaryStore } from "#test/support/temporary-store.ts";
import { thinCellCommand } from "#test/support/thin-cell-command.ts";

const KEY = "sk_test_0123456789";
const OPERATOR = 9001;

export async function openWorld(options: { onStep?: OnStep } = {}) {
  await using stack = new AsyncDisposableStack();
  let aheadMs = 0;
  const clock = { now: () => new Date(Date.now() + aheadMs) };
  const telegram = stack.use(await startTelegram({ port: 0, clock }));
  const platform = telegram.createBot({ owner: "operator", username: "BlytzBot", name: "Blytz", platform: true });
  for (const user of ["customer", "operator"]) telegram.sendFromUser({ user, bot: "BlytzBot", text: "/start" });
  const stripe = stack.use(await startStripe({ port: 0, clock, secretKey: KEY, priceId: "price_1", webhook: null }));
  const customersDir = mkdtempSync(join(tmpdir(), "blytz-world-"));
  stack.defer(() => rmSync(customersDir, { recursive: true, force: true, maxRetries: 5 }));
  stack.defer(() => stopCells(customersDir));
  const { store } = stack.use(openTemporaryStore());
  const port = await findFreePort();
  const steps: string[] = [];
  const logger: Logger = {
    ...silentLogger,
    child: () => logger,
    info: ({ step, cause }, message) => void (message === "step" && steps.push(`${step}: ${cause}`)),
    debug: ({ step, cause }, message) => void (message === "rest" && steps.push(`${step}: ${cause}`)),
  };
  const runtime = openProcessRuntime({
    customersDir,
    telegramApiRoot: telegram.url,
    modelBaseUrl: "http://127.0.0.1:9/v1",
    command: thinCellCommand(),
    clock,
    logger: silentLogger,
  });
  const start = (): Provisioner => {
    const provisioner = createProvisioner({
      store,
      clock,
      logger,
      runtime,
      payments: createPayments({ secretKey: new Secret(KEY), apiBase: stripe.url, priceId: "price_1" }),
      messenger: createMessenger({ token: new Secret(platform.token), apiRoot: telegram.url }),
      publicUrl: "http://127.0.0.1:9",
      readGatewayHealth,
      renderWorkspace: createWorkspaceRenderer("templates"),
      renderConfig: (spec, place, secrets) => ({
        "openclaw.json": renderOpenclawConfig(spec, place),
        "secrets.json": renderSecrets(secrets),
      }),
      ports: { first: port, last: port + 20 },
      gatewayTokenPrefix: "blytz_",
      serveDeadlineMinutes: 15,
      operatorChatId: OPERATOR,
      resyncMs: 60_000,
      onStep: options.onStep ?? (() => {}),
    });
    provisioner.start();
    return provisioner;
  };
  let provisioner = start();
  stack.defer(() => provisioner[Symbol.asyncDispose]());
  const owned = stack.move();
  const world = {
    telegram,
    stripe,
    store,
    runtime,
    clock,
    steps,
    port,
    provisioner: () => provisioner,
    /** Drops every object of the loops; what goes on, goes on from the database. */
    async crash() {
      await provisioner[Symbol.asyncDispose]();
      provisioner = start();
    },
    /** Lets what is due happen. */
    advance(minutes: number) {
      aheadMs += minutes * 60_000;
      stripe.tick();
      provisioner.resync();
    },
    /** A confirmed order of `customer`, its pay button pressed; gives the bot. */
    order(username = "alex_bot") {
      const bot = telegram.createBot({ owner: "customer", username, name: "Alex" });
      const named = { botId: bot.id, botUsername: bot.username, assistantName: "Alex" };
      const customer = createCustomer(store, { telegramUserId: 1001, chatId: 1001, ...named }, clock.now());
      const told = { assistantName: "Alex", instructions: "Help me.", ownerTelegramId: 1001, timeZone: "UTC" };
      writeSpec(
        store,
        customer.id,
        { ...told, botId: bot.id, botUsername: bot.username },
        new Secret(bot.token),
        clock.now(),
      );
      const attempt = holdSeat(store, customer.id, 20, clock.now());
      wantCheckout(store, attempt?.id ?? "");
      provisioner.billing.enqueue(customer.id);
      return { ...bot, id: customer.id };
    },
    customer: (id: string) => readCustomer(store, id),
    session: (id: string) =>
      eventually("an open checkout page", () => findLiveAttempt(store, id)?.sessionId ?? null, { everyMs: 5 }),
    async pay(id: string) {
      stripe.pay({ session: await world.session(id), card: "4242424242424242" });
      provisioner.billing.enqueue(id);
    },
    chat: (user = "customer") =>
      telegram
        .readChat({ user, bot: "BlytzBot" })
        .messages.flatMap((one) => (one.from === "bot" ? [one.text ?? ""] : [])),
    sees: (pattern: RegExp, user = "customer") =>
      eventually(`${user} sees ${pattern}`, () => world.chat(user).find((text) => pattern.test(text)), { everyMs: 10 }),
    active: (id: string) =>
      eventually("an active customer", () => world.customer(id).status === "active", { everyMs: 10 }),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
  return world;
}
