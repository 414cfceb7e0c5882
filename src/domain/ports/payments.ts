/**
 * What the billing loop asks of the payment provider. Stripe's nouns; only what the loop decides by is in the types.
 * Throws AppError: `unavailable` (network, 409, 429, 5xx, an answer of another shape), `invalid` (Stripe refused the
 * request), `conflict` (the idempotency key came with other parameters before), `not_found`.
 */

export type CheckoutSession = {
  id: string;
  /** The hosted page; null once the session is not open any more. */
  url: string | null;
  status: "open" | "complete" | "expired";
  paid: boolean;
  expiresAt: Date;
  stripeCustomerId: string | null;
  subscriptionId: string | null;
};

export type Subscription = {
  id: string;
  status: "incomplete" | "incomplete_expired" | "trialing" | "active" | "past_due" | "unpaid" | "paused" | "canceled";
  currentPeriodEnd: Date;
};

export type CheckoutRequest = {
  customerId: string;
  stripeCustomerId: string;
  attemptId: string;
  successUrl: string;
  cancelUrl: string;
  expiresAt: Date;
  /** Same key, same parameters: the same session comes back. */
  idempotencyKey: string;
};

export type Payments = {
  /** Gives the Stripe customer's id; the same key gives the same customer. */
  createCustomer(customerId: string, idempotencyKey: string): Promise<string>;
  createCheckoutSession(request: CheckoutRequest): Promise<CheckoutSession>;
  readCheckoutSession(sessionId: string): Promise<CheckoutSession>;
  /** Gives the session as it is afterwards: it may turn out `complete`, when the payment was quicker. */
  expireCheckoutSession(sessionId: string): Promise<CheckoutSession>;
  readSubscription(subscriptionId: string): Promise<Subscription>;
};

/** What of a signed event leads to a customer of ours; each may be missing. Nothing else of it is believed. */
export type VerifiedEvent = {
  id: string;
  type: string;
  livemode: boolean;
  /** Our customer's id, from metadata. */
  customerReference: string | null;
  stripeCustomerId: string | null;
  sessionId: string | null;
};

/** Throws `invalid` when the signature is missing, wrong or old, or the body is no event. */
export type VerifyWebhook = (rawBody: Buffer, signature: string | undefined) => VerifiedEvent;
