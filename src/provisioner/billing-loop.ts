/**
 * The billing loop: asks Stripe what is true and stores what follows, the entitlement. It starts no cell; the assistant
 * loop does, once it is nudged.
 */

import { toCheckoutTimes } from "#src/domain/checkout-attempt.ts";
import type { Clock } from "#src/domain/clock.ts";
import { addMinutes } from "#src/domain/clock.ts";
import type { Customer } from "#src/domain/customer.ts";
import { AppError, isAppError } from "#src/domain/errors.ts";
import { toSeatReleasedMessage } from "#src/domain/notices.ts";
import type { CheckoutSession, Payments } from "#src/domain/ports/payments.ts";
import { writeAudit } from "#src/store/audit-log.ts";
import {
  findLiveAttempt,
  finishAttempt,
  forgetCheckoutTimes,
  listLiveAttempts,
  recordCheckoutTimes,
  recordOpenSession,
} from "#src/store/checkout-attempts.ts";
import { findCustomer, grantEntitlement, recordStripeCustomer, recordSubscription } from "#src/store/customers.ts";
import type { Store } from "#src/store/database.ts";
import { tell } from "#src/store/outbox.ts";
import { beginProgressMessage } from "#src/store/progress-messages.ts";
import { finishEvents, listCustomersWithOpenEvents, listOpenEvents } from "#src/store/stripe-events.ts";
import { type BillingObserved, type BillingStep, nextBillingStep } from "./billing-step.ts";
import type { StepLoop } from "./steps.ts";

export type BillingOptions = {
  store: Store;
  payments: Payments;
  clock: Clock;
  /** Ours, without a trailing slash. */
  publicUrl: string;
  enqueueAssistant(customerId: string): void;
  enqueueMessages(key: string): void;
};

export function createBillingLoop(options: BillingOptions): StepLoop<BillingObserved, BillingStep> & {
  listUnsettled(): Promise<string[]>;
} {
  return {
    name: "billing",
    observe: (key) => observe(options, key),
    decide: nextBillingStep,
    apply: (_key, step, observed) => apply(options, step, observed),
    listUnsettled: async () => [
      ...new Set([
        ...listLiveAttempts(options.store).map((attempt) => attempt.customerId),
        ...listCustomersWithOpenEvents(options.store),
      ]),
    ],
  };
}

/** Events are listed before Stripe is read, so that the reading is later than each of them. */
async function observe({ store, payments, clock }: BillingOptions, customerId: string): Promise<BillingObserved> {
  const openEvents = listOpenEvents(store, customerId);
  const customer = findCustomer(store, "id", customerId);
  const attempt = customer === null ? null : findLiveAttempt(store, customerId);
  const sessionId = attempt?.sessionId ?? null;
  const session = sessionId === null ? null : await payments.readCheckoutSession(sessionId);
  const subscriptionId = session?.subscriptionId ?? customer?.stripeSubscriptionId ?? null;
  const subscription = subscriptionId === null ? null : await payments.readSubscription(subscriptionId);
  return { customer, attempt, session, subscription, openEvents, now: clock.now() };
}

async function apply(options: BillingOptions, step: BillingStep, observed: BillingObserved): Promise<void> {
  const { store, clock } = options;
  const { customer, attempt } = observed;
  if (customer === null) return;
  switch (step.step) {
    case "create_stripe_customer": {
      const id = await options.payments.createCustomer(customer.id, `cus:${customer.id}`);
      recordStripeCustomer(store, customer.id, id, clock.now());
      return;
    }
    case "plan_session":
      if (attempt !== null) recordCheckoutTimes(store, attempt.id, toCheckoutTimes(clock.now(), attempt.holdUntil));
      return;
    case "create_session":
      return createSession(options, observed);
    case "expire_session":
      // Its answer is not kept: the next look reads the session again, and finds it expired or paid.
      if (observed.session !== null) await options.payments.expireCheckoutSession(observed.session.id);
      return;
    case "release_seat":
      return releaseSeat(options, observed);
    case "grant":
      return grant(options, observed);
    case "record_subscription":
      if (observed.subscription === null) return;
      recordSubscription(store, customer.id, toPaid(observed.subscription), clock.now());
      return;
    case "finish_events":
      finishEvents(store, observed.openEvents, clock.now());
      return;
  }
}

function toPaid(subscription: NonNullable<BillingObserved["subscription"]>) {
  return {
    paidUntil: subscription.currentPeriodEnd,
    subscriptionId: subscription.id,
    subscriptionStatus: subscription.status,
  };
}

/**
 * A repeated request with the same key gives the session of the first one, so a process killed before the answer was kept
 * makes no second page. Once the planned times are too near, or the request is another one by now, Stripe refuses: then it
 * is planned anew. A page whose address was never kept was never shown, so nobody can pay on it.
 */
async function createSession(options: BillingOptions, { customer, attempt }: BillingObserved): Promise<void> {
  if (!customer?.stripeCustomerId || !attempt?.expiresAt) {
    throw new AppError("A checkout page needs a planned attempt.", { code: "internal" });
  }
  let session: CheckoutSession;
  try {
    session = await options.payments.createCheckoutSession({
      customerId: customer.id,
      stripeCustomerId: customer.stripeCustomerId,
      attemptId: attempt.id,
      successUrl: `${options.publicUrl}/paid?session_id={CHECKOUT_SESSION_ID}`,
      cancelUrl: `${options.publicUrl}/pay/${customer.payToken}`,
      expiresAt: attempt.expiresAt,
      idempotencyKey: `cs:${attempt.id}:${attempt.expiresAt.getTime()}`,
    });
  } catch (error) {
    const isTooNear = isAppError(error, "invalid") && attempt.expiresAt <= addMinutes(options.clock.now(), 30);
    if (!isTooNear && !isAppError(error, "conflict")) throw error;
    forgetCheckoutTimes(options.store, attempt.id);
    return;
  }
  recordOpenSession(options.store, attempt.id, session);
}

function releaseSeat({ store, clock, enqueueMessages }: BillingOptions, observed: BillingObserved): void {
  const { customer, attempt } = observed;
  if (customer === null || attempt === null) return;
  store.transaction(() => {
    finishAttempt(store, attempt.id, "released");
    finishEvents(store, observed.openEvents, clock.now());
    writeAudit(store, customer.id, { action: "seat_released", actor: "billing" }, clock.now());
    if (customer.chatId === null || attempt.givenBack) return;
    tell(store, customer.chatId, `released:${attempt.id}`, toSeatReleasedMessage(customer), clock.now());
  });
  if (customer.chatId !== null) enqueueMessages(`chat:${customer.chatId}`);
}

/** Entitlement, the order's progress message, the audit line and "events done" are one commit. */
function grant(options: BillingOptions, { customer, attempt, subscription, openEvents }: BillingObserved): void {
  if (customer === null || attempt === null || subscription === null) return;
  const { store, clock } = options;
  const now = clock.now();
  store.transaction(() => {
    grantEntitlement(store, customer.id, toPaid(subscription), now);
    finishAttempt(store, attempt.id, "complete");
    finishEvents(store, openEvents, now);
    writeAudit(store, customer.id, { action: "paid", actor: "billing", cause: attempt.id }, now);
    beginProgress(store, customer, attempt.id, now);
  });
  options.enqueueAssistant(customer.id);
  options.enqueueMessages(`progress:${attempt.id}`);
}

function beginProgress(store: Store, customer: Customer, id: string, now: Date): void {
  if (customer.chatId === null) return;
  beginProgressMessage(store, { id, customerId: customer.id, chatId: customer.chatId }, now);
}
