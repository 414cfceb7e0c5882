/** The web server on a temporary store, never listening; the webhook's signature is checked by Stripe's own library. */
import { join } from "node:path";
import Stripe from "stripe";
import { AppError } from "#src/domain/errors.ts";
import { silentLogger } from "#src/domain/logger.ts";
import type { Progress } from "#src/domain/progress.ts";
import { createWeb, type WebOptions } from "#src/web/create-web.ts";
import { NOW, SEATS } from "./add-customer.ts";
import { openTemporaryStore } from "./temporary-store.ts";

export const WEBHOOK_SECRET = "whsec_test_of_the_web";
const SIGNATURE_AGE_SECONDS = 300;

export type TemporaryWeb = Awaited<ReturnType<typeof openTemporaryWeb>>;

export async function openTemporaryWeb(changed: Partial<WebOptions> = {}) {
  const temporary = openTemporaryStore();
  const enqueued: string[] = [];
  const time = { now: NOW };
  const health = { version: "1.2.3", uptimeSeconds: 61.5, isStopping: false };
  const progress = new Map<string, Progress>();
  const app = createWeb({
    store: temporary.store,
    clock: { now: () => time.now },
    logger: silentLogger,
    publicUrl: "https://blytz.example",
    templatesDir: join(import.meta.dirname, "../../templates"),
    botUsername: "BlytzTestBot",
    maxCustomers: SEATS,
    verifyWebhook,
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

function verifyWebhook(rawBody: Buffer, signature: string | undefined) {
  try {
    const at = NOW.getTime();
    const event = stripe.webhooks.constructEvent(
      rawBody,
      signature ?? "",
      WEBHOOK_SECRET,
      SIGNATURE_AGE_SECONDS,
      undefined,
      at,
    );
    const object = event.data.object as {
      id?: string;
      object?: string;
      customer?: string;
      client_reference_id?: string;
    };
    return {
      id: event.id,
      type: event.type,
      livemode: event.livemode,
      customerReference: object.client_reference_id ?? null,
      stripeCustomerId: object.customer ?? null,
      sessionId: object.object === "checkout.session" ? (object.id ?? null) : null,
    };
  } catch (cause) {
    throw new AppError("The event is not from Stripe.", { code: "invalid", cause });
  }
}

/** The header that Stripe would send for this body. */
export function sign(payload: string, changed: { secret?: string; at?: Date } = {}): string {
  const timestamp = Math.floor((changed.at ?? NOW).getTime() / 1000);
  return stripe.webhooks.generateTestHeaderString({ payload, secret: changed.secret ?? WEBHOOK_SECRET, timestamp });
}
