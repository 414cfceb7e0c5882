/** The billing loop's decision: from what we know and what Stripe says, the next operation. Pure. */
import type { CheckoutAttempt } from "#src/domain/checkout-attempt.ts";
import type { Customer } from "#src/domain/customer.ts";
import type { CheckoutSession, Subscription } from "#src/domain/ports/payments.ts";
import type { Rest } from "./steps.ts";

export type BillingObserved = {
  /** Null: no such customer (any more). */
  customer: Customer | null;
  attempt: CheckoutAttempt | null;
  /** Stripe's word, read just now. */
  session: CheckoutSession | null;
  subscription: Subscription | null;
  /** Events recorded before Stripe was read. */
  openEvents: string[];
  now: Date;
};

export type BillingStep =
  | { step: "create_stripe_customer"; cause: "checkout_wanted" }
  | { step: "plan_session"; cause: "checkout_wanted" }
  | { step: "create_session"; cause: "checkout_wanted" }
  | { step: "expire_session"; cause: "hold_ended" }
  | { step: "release_seat"; cause: "hold_ended" | "session_expired" }
  | { step: "grant"; cause: "paid" }
  | { step: "record_subscription"; cause: "subscription_changed" }
  | { step: "finish_events"; cause: "looked_at" };

/** How soon an open page is looked at again without any event. */
const LOOK_AGAIN_MS = 30_000;

export function nextBillingStep(observed: BillingObserved): BillingStep | Rest {
  const { customer, attempt, session, subscription, openEvents } = observed;
  if (customer === null) return { step: "done", cause: "no_customer", againMs: null };
  if (session?.status === "complete" && session.paid && customer.entitlement === "none") {
    return subscription === null ? waitFor("subscription_missing", 1000) : { step: "grant", cause: "paid" };
  }
  if (customer.entitlement === "paid" && subscription !== null && hasChanged(customer, subscription)) {
    return { step: "record_subscription", cause: "subscription_changed" };
  }
  if (openEvents.length > 0) return { step: "finish_events", cause: "looked_at" };
  if (attempt !== null) return nextAttemptStep(customer, attempt, session, observed.now);
  return { step: "done", cause: customer.entitlement === "none" ? "nothing_wanted" : "settled", againMs: null };
}

function nextAttemptStep(
  customer: Customer,
  attempt: CheckoutAttempt,
  session: CheckoutSession | null,
  now: Date,
): BillingStep | Rest {
  if (session?.status === "expired") return { step: "release_seat", cause: "session_expired" };
  if (session?.status === "complete") return waitFor("payment_settling", LOOK_AGAIN_MS);
  const heldMs = attempt.holdUntil.getTime() - now.getTime();
  if (session !== null) {
    return heldMs <= 0
      ? { step: "expire_session", cause: "hold_ended" }
      : waitFor("not_paid_yet", Math.min(heldMs, LOOK_AGAIN_MS));
  }
  // A page whose address was never kept was never shown: nothing can be paid on it.
  if (heldMs <= 0) return { step: "release_seat", cause: "hold_ended" };
  if (attempt.state === "offered") return waitFor("not_wanted_yet", heldMs);
  if (customer.stripeCustomerId === null) return { step: "create_stripe_customer", cause: "checkout_wanted" };
  if (attempt.expiresAt === null) return { step: "plan_session", cause: "checkout_wanted" };
  return { step: "create_session", cause: "checkout_wanted" };
}

function hasChanged(customer: Customer, subscription: Subscription): boolean {
  return (
    customer.subscriptionStatus !== subscription.status ||
    customer.paidUntil?.getTime() !== subscription.currentPeriodEnd.getTime()
  );
}

function waitFor(cause: string, againMs: number): Rest {
  return { step: "wait", cause, againMs: Math.max(againMs, 1) };
}
