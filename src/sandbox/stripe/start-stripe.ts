/** The Stripe stand-in: one account with one monthly price, its API, its hosted page, its webhooks, and the controls. */
import type { AddressInfo } from "node:net";
import { z } from "zod";
import type { Clock } from "#src/domain/clock.ts";
import { AppError } from "#src/domain/errors.ts";
import { Faults } from "../faults.ts";
import { type Account, expireDue, findSession, type Payment, payCheckout } from "./checkout.ts";
import { addHostedPage } from "./hosted-page.ts";
import { Refusal } from "./refusal.ts";
import { startDeliveries } from "./webhooks.ts";
import { type CallRecord, createWire } from "./wire.ts";
import { createWorld, type Session, type StripeWorld } from "./world.ts";

type StripeState = {
  checkouts: Pick<
    Session,
    "id" | "customer" | "status" | "payment_status" | "url" | "expires_at" | "client_reference_id"
  >[];
  events: { id: string; type: string; created: number; delivered: boolean; attempts: number }[];
};

export type StripeStandIn = AsyncDisposable & {
  url: string;
  snapshot(): unknown;
  /** `{ session, card }`: what pressing "Subscribe" with that card does. Throws `invalid` and `not_found`. */
  pay(input: unknown): Payment;
  /** Lets what is due happen after the clock was moved. */
  tick(): void;
  setFaults(input: unknown): void;
  /** Sends an event once more. */
  resend(eventId: string): void;
  readState(): StripeState;
  /** The last 2,000 calls on the wire, oldest first. */
  calls(): CallRecord[];
};

const payment = z.strictObject({ session: z.string().min(1), card: z.string().min(1) });
const TICK_MS = 1000;

/** `port` 0 takes a free one. `saved` is what `snapshot` gave in a former life. */
export async function startStripe(options: {
  port: number;
  clock: Clock;
  secretKey: string;
  priceId: string;
  webhook: { url: string; secret: string } | null;
  saved?: unknown;
}): Promise<StripeStandIn> {
  const { clock, priceId, webhook } = options;
  await using stack = new AsyncDisposableStack();
  const world = (options.saved ?? createWorld()) as StripeWorld;
  const faults = new Faults();
  const calls: CallRecord[] = [];
  const account: Account = { world, clock, priceId, url: "" };
  const wire = createWire(account, options.secretKey, faults, calls);
  addHostedPage(wire, account);
  stack.defer(() => wire.close());
  await wire.listen({ host: "127.0.0.1", port: options.port });
  account.url = `http://127.0.0.1:${(wire.server.address() as AddressInfo).port}`;
  if (webhook !== null) stack.use(startDeliveries({ world, clock, faults, ...webhook }));
  const timer = setInterval(() => expireDue(account), TICK_MS);
  stack.defer(() => clearInterval(timer));
  const owned = stack.move();
  return {
    url: account.url,
    snapshot: () => structuredClone(world),
    pay: (input) => pay(account, input),
    tick: () => expireDue(account),
    setFaults: (input) => faults.set(input),
    resend: (eventId) => resend(world, eventId),
    readState: () => readState(world),
    calls: () => [...calls],
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

function pay(account: Account, input: unknown): Payment {
  const { session, card } = payment.parse(input);
  expireDue(account);
  try {
    return payCheckout(account, findSession(account, session), card);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    throw new AppError(error.message, { code: "not_found", cause: error });
  }
}

function resend(world: StripeWorld, eventId: string): void {
  const delivery = world.deliveries.find((one) => one.eventId === eventId);
  if (delivery === undefined) throw new AppError(`There is no event ${eventId}.`, { code: "not_found" });
  Object.assign(delivery, { delivered: false, attempts: 0, dueAt: 0 });
}

function readState(world: StripeWorld): StripeState {
  const deliveries = new Map(world.deliveries.map((one) => [one.eventId, one]));
  return {
    checkouts: world.sessions.map(({ id, customer, status, payment_status, url, expires_at, client_reference_id }) => ({
      id,
      customer,
      status,
      payment_status,
      url,
      expires_at,
      client_reference_id,
    })),
    events: world.events.map(({ id, type, created }) => {
      const { delivered = false, attempts = 0 } = deliveries.get(id) ?? {};
      return { id, type, created, delivered, attempts };
    }),
  };
}
