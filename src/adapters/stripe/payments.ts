/**
 * The payments port on Stripe's SDK, with the API version pinned. Each answer's form is checked, since the SDK takes a
 * non-2xx JSON without an error for a success. It decides nothing and keeps nothing.
 */
import Stripe from "stripe";
import { AppError } from "#src/domain/errors.ts";
import type { CheckoutRequest, CheckoutSession, Payments, Subscription } from "#src/domain/ports/payments.ts";
import type { Secret } from "#src/domain/secret.ts";

const API_VERSION = "2026-10-28.endive";
const TIMEOUT_MS = 8_000;
/** The SDK's time-out is one of silence on the socket; a dripping answer needs a deadline of its own. */
const DEADLINE_MS = 20_000;

export type StripePrice = {
  active: boolean;
  currency: string;
  unitAmountCents: number | null;
  interval: string | null;
};

/** `apiBase` is null for Stripe itself. */
export function createPayments(options: {
  secretKey: Secret;
  apiBase: string | null;
  priceId: string;
}): Payments & { readPrice(): Promise<StripePrice> } {
  const stripe = openClient(options.secretKey, options.apiBase);
  return {
    async createCustomer(customerId, idempotencyKey) {
      const customer = await call(
        "customer",
        stripe.customers.create({ metadata: { customer_id: customerId } }, { idempotencyKey }),
      );
      return customer.id;
    },
    async createCheckoutSession(request) {
      const parameters = toSessionParameters(request, options.priceId);
      const { idempotencyKey } = request;
      return toSession(await call("checkout.session", stripe.checkout.sessions.create(parameters, { idempotencyKey })));
    },
    async readCheckoutSession(sessionId) {
      return toSession(await call("checkout.session", stripe.checkout.sessions.retrieve(sessionId)));
    },
    async expireCheckoutSession(sessionId) {
      try {
        return toSession(await call("checkout.session", stripe.checkout.sessions.expire(sessionId)));
      } catch (error) {
        // Refused for a session that is not open any more: what it is then, reading tells.
        if (!(error instanceof AppError) || error.code !== "invalid") throw error;
        return toSession(await call("checkout.session", stripe.checkout.sessions.retrieve(sessionId)));
      }
    },
    async readSubscription(subscriptionId) {
      return toSubscription(await call("subscription", stripe.subscriptions.retrieve(subscriptionId)));
    },
    async readPrice() {
      const price = await call("price", stripe.prices.retrieve(options.priceId));
      const { active, currency, unit_amount: unitAmountCents } = price;
      return { active, currency, unitAmountCents, interval: price.recurring?.interval ?? null };
    },
  };
}

function openClient(secretKey: Secret, apiBase: string | null): Stripe {
  const place = apiBase === null ? null : new URL(apiBase);
  return new Stripe(secretKey.reveal(), {
    apiVersion: API_VERSION,
    maxNetworkRetries: 1,
    timeout: TIMEOUT_MS,
    telemetry: false,
    appInfo: { name: "blytz" },
    ...(place === null
      ? {}
      : {
          host: place.hostname,
          port: place.port === "" ? (place.protocol === "https:" ? "443" : "80") : place.port,
          protocol: place.protocol === "https:" ? ("https" as const) : ("http" as const),
        }),
  });
}

function toSessionParameters(request: CheckoutRequest, priceId: string): Stripe.Checkout.SessionCreateParams {
  const metadata = { customer_id: request.customerId, attempt_id: request.attemptId };
  return {
    mode: "subscription",
    ui_mode: "hosted_page",
    customer: request.stripeCustomerId,
    client_reference_id: request.customerId,
    line_items: [{ price: priceId, quantity: 1 }],
    metadata,
    subscription_data: { metadata, billing_mode: { type: "flexible" } },
    success_url: request.successUrl,
    cancel_url: request.cancelUrl,
    expires_at: Math.floor(request.expiresAt.getTime() / 1000),
    payment_method_collection: "always",
    allowed_payment_method_types: ["card", "link"],
  };
}

async function call<Found extends { object: string }>(object: Found["object"], asked: Promise<Found>): Promise<Found> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error("no whole answer in time")), DEADLINE_MS);
  try {
    const answer = await Promise.race([asked, late.promise]);
    if (answer.object !== object) throw new Error(`an answer that is no ${object}`);
    return answer;
  } catch (error) {
    throw toAppError(error);
  } finally {
    clearTimeout(timer);
  }
}

function toAppError(error: unknown): AppError {
  const cause = error instanceof Error ? new Error(error.message) : error;
  if (error instanceof Stripe.errors.StripeInvalidRequestError) {
    return error.statusCode === 404
      ? new AppError("Stripe does not know this object.", { code: "not_found", cause })
      : new AppError("Stripe refused the request.", { code: "invalid", cause });
  }
  if (error instanceof Stripe.errors.StripeIdempotencyError) {
    return new AppError("Stripe was asked something else with this key before.", { code: "conflict", cause });
  }
  if (
    error instanceof Stripe.errors.StripeAuthenticationError ||
    error instanceof Stripe.errors.StripePermissionError
  ) {
    return new AppError("Stripe refuses STRIPE_SECRET_KEY.", { code: "unavailable", cause });
  }
  return new AppError("Stripe does not answer at the moment.", { code: "unavailable", cause });
}

function toSession(session: Stripe.Checkout.Session): CheckoutSession {
  if (session.status === null) throw new AppError("Stripe gave a session without a status.", { code: "unavailable" });
  return {
    id: session.id,
    url: session.url,
    status: session.status as CheckoutSession["status"],
    paid: session.payment_status === "paid" || session.payment_status === "no_payment_required",
    expiresAt: new Date(session.expires_at * 1000),
    stripeCustomerId: toId(session.customer),
    subscriptionId: toId(session.subscription),
  };
}

function toSubscription(subscription: Stripe.Subscription): Subscription {
  const periodEnd = subscription.items.data[0]?.current_period_end;
  if (periodEnd === undefined)
    throw new AppError("Stripe gave a subscription without an item.", { code: "unavailable" });
  return {
    id: subscription.id,
    status: subscription.status as Subscription["status"],
    currentPeriodEnd: new Date(periodEnd * 1000),
  };
}

function toId(value: string | { id: string } | null): string | null {
  return typeof value === "string" ? value : (value?.id ?? null);
}
