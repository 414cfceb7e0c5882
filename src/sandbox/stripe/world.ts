/** All that the Stripe stand-in remembers: plain data that can be saved and gone on with. */
import { randomBytes } from "node:crypto";
import type { Clock } from "#src/domain/clock.ts";

export type StripeObject = { id: string; object: string; created: number } & Record<string, unknown>;

export type Session = StripeObject & {
  status: "open" | "complete" | "expired";
  payment_status: "paid" | "unpaid";
  url: string | null;
  customer: string;
  subscription: string | null;
  invoice: string | null;
  expires_at: number;
  success_url: string;
  cancel_url: string | null;
  client_reference_id: string | null;
  metadata: Record<string, string>;
};

type StripeEvent = StripeObject & { type: string; data: { object: unknown }; pending_webhooks: number };

/** One event on its way to the endpoint. `dueAt` is real time in ms. */
export type Delivery = { eventId: string; attempts: number; dueAt: number; delivered: boolean };

export type StripeWorld = {
  customers: StripeObject[];
  sessions: Session[];
  /** What a session's subscription is to carry, by session. */
  subscriptionMetadata: Record<string, Record<string, string>>;
  subscriptions: StripeObject[];
  invoices: StripeObject[];
  invoicePayments: StripeObject[];
  paymentIntents: StripeObject[];
  charges: StripeObject[];
  events: StripeEvent[];
  deliveries: Delivery[];
  /** By key: the request's fingerprint and the answer that is replayed. */
  idempotency: Record<string, { fingerprint: string; status: number; body: unknown }>;
};

export function createWorld(): StripeWorld {
  return {
    customers: [],
    sessions: [],
    subscriptionMetadata: {},
    subscriptions: [],
    invoices: [],
    invoicePayments: [],
    paymentIntents: [],
    charges: [],
    events: [],
    deliveries: [],
    idempotency: {},
  };
}

export function createId(prefix: string): string {
  return `${prefix}_${randomBytes(12).toString("hex")}`;
}

export function toUnix(clock: Clock): number {
  return Math.floor(clock.now().getTime() / 1000);
}
