/** The web server on a temporary store, never listening; webhooks are verified by the adapter that production has. */
import { join } from "node:path";
import Stripe from "stripe";
import { createVerifyWebhook } from "#src/adapters/stripe/webhook.ts";
import { silentLogger } from "#src/domain/logger.ts";
import type { Progress } from "#src/domain/progress.ts";
import { Secret } from "#src/domain/secret.ts";
import { createWeb, type WebOptions } from "#src/web/create-web.ts";
import { NOW, SEATS } from "./add-customer.ts";
import { openTemporaryStore } from "./temporary-store.ts";

const WEBHOOK_SECRET = "whsec_test_of_the_web";

export type TemporaryWeb = Awaited<ReturnType<typeof openTemporaryWeb>>;

export async function openTemporaryWeb(changed: Partial<WebOptions> = {}) {
  const temporary = openTemporaryStore();
  const enqueued: string[] = [];
  const time = { now: NOW };
  const clock = { now: () => time.now };
  const health = { version: "1.2.3", uptimeSeconds: 61.5, isStopping: false };
  const progress = new Map<string, Progress>();
  const app = createWeb({
    store: temporary.store,
    clock,
    logger: silentLogger,
    publicUrl: "https://blytz.example",
    templatesDir: join(import.meta.dirname, "../../templates"),
    botUsername: "BlytzTestBot",
    maxCustomers: SEATS,
    verifyWebhook: createVerifyWebhook({ secrets: [new Secret(WEBHOOK_SECRET)], clock }),
    enqueueBilling: (id) => void enqueued.push(id),
    readProgress: (id) => progress.get(id) ?? null,
    readPlatformHealth: () => health,
    payWaitMs: 0,
    ...changed,
  });
  await app.ready();
  return {
    app,
    store: temporary.store,
    /** Whom billing was told to look at, in order. */
    enqueued,
    time,
    health,
    progress,
    async [Symbol.asyncDispose]() {
      await app.close();
      await temporary[Symbol.asyncDispose]();
    },
  };
}

const stripe = new Stripe("sk_test_unused");

/** The header that Stripe would send for this body. */
export function sign(payload: string, changed: { secret?: string; at?: Date } = {}): string {
  const timestamp = Math.floor((changed.at ?? NOW).getTime() / 1000);
  return stripe.webhooks.generateTestHeaderString({ payload, secret: changed.secret ?? WEBHOOK_SECRET, timestamp });
}
