/**
 * `/api/webhook/stripe`: an event is proof that something changed, never what. It is verified over the exact bytes, its id
 * recorded, 200 answered; billing asks Stripe. Nothing of the event's content is kept.
 */
import type { FastifyInstance } from "fastify";
import { AppError } from "#src/domain/errors.ts";
import type { VerifiedEvent } from "#src/domain/ports/payments.ts";
import { findAttemptBySession } from "#src/store/checkout-attempts.ts";
import { findCustomer } from "#src/store/customers.ts";
import type { Store } from "#src/store/database.ts";
import { recordStripeEvent } from "#src/store/stripe-events.ts";
import type { WebParts } from "./create-web.ts";

const MAX_BODY_BYTES = 1024 * 1024;

export function stripeWebhookRoutes(app: FastifyInstance, parts: WebParts): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser(
    "application/json",
    { parseAs: "buffer", bodyLimit: MAX_BODY_BYTES },
    (_request, body, done) => done(null, body),
  );
  app.post("/api/webhook/stripe", (request, reply) => {
    if (!Buffer.isBuffer(request.body)) throw new AppError("The event is missing.", { code: "invalid" });
    const signature = request.headers["stripe-signature"];
    const event = parts.verifyWebhook(request.body, typeof signature === "string" ? signature : undefined);
    const customerId = findCustomerId(parts.store, event);
    // A repeated delivery has nothing new to say; what the first one asked for is in the table until billing has looked.
    const isNew = recordStripeEvent(parts.store, { id: event.id, type: event.type, customerId }, parts.clock.now());
    if (isNew && customerId !== null) parts.enqueueBilling(customerId);
    return reply.send({ received: true });
  });
}

/** Null for an event that is about nobody of ours, such as another product's on the same account. */
function findCustomerId(
  store: Store,
  { customerReference, stripeCustomerId, sessionId }: VerifiedEvent,
): string | null {
  const named = customerReference === null ? null : findCustomer(store, "id", customerReference);
  if (named !== null) return named.id;
  const paying = stripeCustomerId === null ? null : findCustomer(store, "stripeCustomerId", stripeCustomerId);
  if (paying !== null) return paying.id;
  return sessionId === null ? null : (findAttemptBySession(store, sessionId)?.customerId ?? null);
}
