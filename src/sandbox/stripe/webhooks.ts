/**
 * Delivers events to the one webhook endpoint: signed afresh at each attempt, repeated until it answers 2xx or the last
 * attempt is over. What is not delivered when the sandbox ends is delivered in its next life.
 */
import { createHmac } from "node:crypto";
import type { Clock } from "#src/domain/clock.ts";
import type { Faults } from "../faults.ts";
import { type Delivery, type StripeWorld, toUnix } from "./world.ts";

/** Real seconds between attempts; Stripe's own are longer. */
const RETRY_SECONDS = [1, 3, 10, 30, 120, 600];
const ANSWER_MS = 10_000;
const LOOK_MS = 50;

export function startDeliveries(options: {
  world: StripeWorld;
  clock: Clock;
  url: string;
  secret: string;
  faults: Faults;
}): AsyncDisposable {
  const underway = new Set<Delivery>();
  const sending = new Set<Promise<void>>();
  const ending = new AbortController();
  const timer = setInterval(() => {
    for (const delivery of options.world.deliveries) {
      if (delivery.delivered || underway.has(delivery) || delivery.dueAt > Date.now()) continue;
      if (delivery.attempts > RETRY_SECONDS.length) continue;
      underway.add(delivery);
      const sent = deliver(options, delivery, ending.signal).finally(() => {
        underway.delete(delivery);
        sending.delete(sent);
      });
      sending.add(sent);
    }
  }, LOOK_MS);
  return {
    async [Symbol.asyncDispose]() {
      clearInterval(timer);
      ending.abort();
      await Promise.all(sending);
    },
  };
}

type Endpoint = Parameters<typeof startDeliveries>[0];

async function deliver(endpoint: Endpoint, delivery: Delivery, ending: AbortSignal): Promise<void> {
  const fault = endpoint.faults.take("webhook");
  if (fault?.kind === "drop") {
    delivery.attempts = RETRY_SECONDS.length + 1;
    return;
  }
  delivery.attempts += 1;
  const copies = fault?.kind === "duplicate" ? 2 : 1;
  const answers = await Promise.all(Array.from({ length: copies }, () => post(endpoint, delivery.eventId, ending)));
  if (answers.every(Boolean)) {
    delivery.delivered = true;
    const event = endpoint.world.events.find((one) => one.id === delivery.eventId);
    if (event !== undefined) event.pending_webhooks = 0;
    return;
  }
  delivery.dueAt = Date.now() + (RETRY_SECONDS[delivery.attempts - 1] ?? 600) * 1000;
}

/** Whether the endpoint took it. */
async function post({ world, clock, url, secret }: Endpoint, eventId: string, ending: AbortSignal): Promise<boolean> {
  const event = world.events.find((one) => one.id === eventId);
  if (event === undefined) return true;
  const body = JSON.stringify(event, null, 2);
  const timestamp = toUnix(clock);
  const signature = createHmac("sha256", secret).update(`${timestamp}.${body}`).digest("hex");
  try {
    const answer = await fetch(url, {
      method: "POST",
      headers: {
        "content-type": "application/json; charset=utf-8",
        "user-agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
        "stripe-signature": `t=${timestamp},v1=${signature}`,
      },
      body,
      signal: AbortSignal.any([ending, AbortSignal.timeout(ANSWER_MS)]),
    });
    await answer.body?.cancel();
    return answer.ok;
  } catch {
    return false;
  }
}
