/** Verifies what claims to be a Stripe event, over the exact bytes, and takes from it only whom it is about. */
import Stripe from "stripe";
import type { Clock } from "#src/domain/clock.ts";
import { AppError } from "#src/domain/errors.ts";
import { isObject } from "#src/domain/json.ts";
import type { VerifiedEvent, VerifyWebhook } from "#src/domain/ports/payments.ts";
import type { Secret } from "#src/domain/secret.ts";

const TOLERANCE_SECONDS = 300;

/**
 * Several secrets serve while one is being rolled. Gives a function that throws `invalid` for anything unsigned, wrongly
 * signed, older than five minutes, or no event.
 */
export function createVerifyWebhook(options: { secrets: Secret[]; clock: Clock }): VerifyWebhook {
  const { webhooks } = new Stripe("sk_not_used");
  return (rawBody, signature) => {
    for (const secret of options.secrets) {
      try {
        const receivedAt = options.clock.now().getTime();
        const event: unknown = webhooks.constructEvent(
          rawBody,
          signature ?? "",
          secret.reveal(),
          TOLERANCE_SECONDS,
          undefined,
          receivedAt,
        );
        return toVerifiedEvent(event);
      } catch (error) {
        if (error instanceof Stripe.errors.StripeSignatureVerificationError) continue;
        throw new AppError("This is not an event.", { code: "invalid", cause: error });
      }
    }
    throw new AppError("The signature does not fit.", { code: "invalid" });
  };
}

function toVerifiedEvent(event: unknown): VerifiedEvent {
  if (!isObject(event) || event.object !== "event" || typeof event.id !== "string" || typeof event.type !== "string") {
    throw new AppError("This is not an event.", { code: "invalid" });
  }
  const object = isObject(event.data) && isObject(event.data.object) ? event.data.object : {};
  return {
    id: event.id,
    type: event.type,
    livemode: event.livemode === true,
    customerReference: findReference(object),
    stripeCustomerId: toText(object.customer) ?? (object.object === "customer" ? toText(object.id) : null),
    sessionId: object.object === "checkout.session" ? toText(object.id) : null,
  };
}

/** An invoice carries its subscription's metadata in its parent. */
function findReference(object: Record<string, unknown>): string | null {
  const own = isObject(object.metadata) ? toText(object.metadata.customer_id) : null;
  const parent = isObject(object.parent) ? object.parent.subscription_details : null;
  const inherited = isObject(parent) && isObject(parent.metadata) ? toText(parent.metadata.customer_id) : null;
  return toText(object.client_reference_id) ?? own ?? inherited;
}

function toText(value: unknown): string | null {
  return typeof value === "string" && value !== "" ? value : null;
}
