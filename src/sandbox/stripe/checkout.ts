/** Checkout sessions: made by the rules of the pinned version, paid with test cards, ended by time or by request. */
import type { Clock } from "#src/domain/clock.ts";
import { emit } from "./events.ts";
import { toCharge, toInvoice, toInvoicePayment, toPaymentIntent, toPrice, toSubscription } from "./objects.ts";
import { noSuch, Refusal } from "./refusal.ts";
import * as rule from "./rules.ts";
import { createId, type Session, type StripeObject, type StripeWorld, toUnix } from "./world.ts";

export type Account = { world: StripeWorld; clock: Clock; priceId: string; url: string };

const MINUTE = 60;
const DAY = 86_400;

export const SESSION_RULES: rule.Rules = {
  mode: rule.required(rule.oneOf("payment", "setup", "subscription")),
  ui_mode: rule.oneOf("elements", "embedded_page", "form", "hosted_page"),
  customer: rule.text(),
  client_reference_id: rule.text(200),
  line_items: rule.list(rule.object({ price: rule.required(rule.text()), quantity: rule.integer(1) })),
  metadata: rule.metadata(),
  subscription_data: rule.object({
    metadata: rule.metadata(),
    description: rule.text(500),
    billing_mode: rule.object({ type: rule.required(rule.oneOf("classic", "flexible")) }),
  }),
  success_url: rule.url(),
  cancel_url: rule.url(),
  expires_at: rule.integer(),
  payment_method_collection: rule.oneOf("always", "if_required"),
  allowed_payment_method_types: rule.list(rule.oneOf("card", "link")),
  locale: rule.text(10),
  origin_context: rule.oneOf("mobile_app", "web"),
  allow_promotion_codes: rule.flag(),
};

type Request = {
  mode: string;
  ui_mode?: string;
  customer?: string;
  client_reference_id?: string;
  line_items?: { price: string; quantity?: number }[];
  metadata?: Record<string, string>;
  subscription_data?: { metadata?: Record<string, string> };
  success_url?: string;
  cancel_url?: string;
  expires_at?: number;
};

export function createSession(account: Account, parameters: Record<string, unknown>): Session {
  const request = parameters as Request;
  const { world, clock, url, priceId } = account;
  const now = toUnix(clock);
  checkSession(account, request, now);
  const id = createId("cs_test");
  const session: Session = {
    id,
    object: "checkout.session",
    amount_subtotal: 2900,
    amount_total: 2900,
    automatic_tax: { enabled: false, liability: null, provider: null, status: null },
    cancel_url: request.cancel_url ?? null,
    client_reference_id: request.client_reference_id ?? null,
    created: now,
    currency: "usd",
    custom_fields: [],
    custom_text: { after_submit: null, shipping_address: null, submit: null, terms_of_service_acceptance: null },
    customer: request.customer ?? "",
    expires_at: request.expires_at ?? now + DAY,
    invoice: null,
    livemode: false,
    metadata: request.metadata ?? {},
    mode: "subscription",
    payment_method_types: ["card", "link"],
    payment_status: "unpaid",
    shipping_options: [],
    status: "open",
    subscription: null,
    success_url: request.success_url ?? "",
    ui_mode: request.ui_mode ?? "hosted_page",
    url: `${url}/c/pay/${id}`,
  };
  session.line_items_price = priceId;
  world.sessions.push(session);
  world.subscriptionMetadata[id] = request.subscription_data?.metadata ?? {};
  return session;
}

function checkSession({ world, priceId }: Account, request: Request, now: number): void {
  if (request.mode !== "subscription") throw rule.invalid("mode", "The sandbox sells subscriptions only.");
  if (request.customer === undefined) throw rule.invalid("customer", "The sandbox wants a customer.");
  if (!world.customers.some((one) => one.id === request.customer))
    throw noSuch("customer", request.customer, "customer");
  if (!request.line_items?.length) {
    throw new Refusal(400, "Missing required param: line_items.", { code: "parameter_missing", param: "line_items" });
  }
  for (const item of request.line_items) {
    if (item.price !== priceId) throw noSuch("price", item.price, "line_items[0][price]");
    if (item.quantity === undefined) throw rule.invalid("line_items[0][quantity]", "Quantity is required.");
  }
  if (request.success_url === undefined) {
    throw new Refusal(400, "Missing required param: success_url.", { code: "parameter_missing", param: "success_url" });
  }
  const { expires_at: expiresAt } = request;
  if (expiresAt !== undefined && (expiresAt < now + 30 * MINUTE || expiresAt > now + DAY)) {
    throw rule.invalid(
      "expires_at",
      "The `expires_at` timestamp must be at least 30 minutes and at most 24 hours from Checkout Session creation.",
    );
  }
}

export function findSession({ world }: Account, id: string): Session {
  const session = world.sessions.find((one) => one.id === id);
  if (session === undefined) throw noSuch("checkout.session", id, "session");
  return session;
}

/** What goes out on the wire: our own notes stay here. */
export function toWire(session: Session): StripeObject {
  const { line_items_price: _price, ...wire } = session;
  return wire as StripeObject;
}

export function expireSession(account: Account, session: Session): void {
  if (session.status !== "open") {
    throw new Refusal(
      400,
      `Only Checkout Sessions with a status in ["open"] can be expired. This Checkout Session has a status of ${session.status}.`,
    );
  }
  session.status = "expired";
  session.url = null;
  emit(account, "checkout.session.expired", toWire(session));
}

/** Ends the sessions whose time is over. */
export function expireDue(account: Account): void {
  const now = toUnix(account.clock);
  for (const session of account.world.sessions) {
    if (session.status === "open" && session.expires_at <= now) expireSession(account, session);
  }
}

type Decline = { code: string; declineCode?: string; message: string };

const DECLINED = "Your card was declined.";
const CARDS: Record<string, Decline | null> = {
  "4242424242424242": null,
  "4000002500003155": null,
  "4000000000000002": { code: "card_declined", declineCode: "generic_decline", message: DECLINED },
  "4000000000000341": { code: "card_declined", declineCode: "generic_decline", message: DECLINED },
  "4000000000009995": {
    code: "card_declined",
    declineCode: "insufficient_funds",
    message: "Your card has insufficient funds.",
  },
  "4000000000000069": { code: "expired_card", message: "Your card has expired." },
  "4000000000000127": { code: "incorrect_cvc", message: "Your card's security code is incorrect." },
  "4000000000000119": {
    code: "processing_error",
    message: "An error occurred while processing your card. Try again in a little bit.",
  },
};
const UNKNOWN_CARD: Decline = { code: "incorrect_number", message: "Your card number is invalid." };

export type Payment = { paid: true; redirect: string } | { paid: false; code: string; message: string };

/** What pressing "Subscribe" does. A session that is not open any more is never paid twice. */
export function payCheckout(account: Account, session: Session, card: string): Payment {
  if (session.status !== "open") {
    const message = session.status === "complete" ? "This order is paid already." : "This page has expired.";
    return { paid: false, code: `session_${session.status}`, message };
  }
  const number = card.replaceAll(/\D/g, "");
  const decline = Object.hasOwn(CARDS, number) ? CARDS[number] : UNKNOWN_CARD;
  if (decline) {
    recordDecline(account, session, decline);
    return { paid: false, code: decline.declineCode ?? decline.code, message: decline.message };
  }
  complete(account, session);
  return { paid: true, redirect: session.success_url.replace("{CHECKOUT_SESSION_ID}", session.id) };
}

/** A failed attempt leaves the session open, and no subscription behind. */
function recordDecline(account: Account, session: Session, decline: Decline): void {
  if (decline === UNKNOWN_CARD) return;
  const now = toUnix(account.clock);
  const intent = toPaymentIntent(session.customer, now, "requires_payment_method");
  const charge = toCharge(intent, now, decline.code);
  account.world.paymentIntents.push(intent);
  account.world.charges.push(charge);
  emit(account, "charge.failed", charge);
  emit(account, "payment_intent.payment_failed", intent);
}

function complete(account: Account, session: Session): void {
  const { world, clock, priceId } = account;
  const now = toUnix(clock);
  const periodEnd = toUnix({ now: () => addMonth(clock.now()) });
  const price = toPrice(priceId);
  const metadata = world.subscriptionMetadata[session.id] ?? {};
  const subscription = toSubscription({ created: now, periodEnd, price, customer: session.customer }, metadata);
  const invoice = toInvoice(subscription, now);
  const intent = toPaymentIntent(session.customer, now, "succeeded");
  const charge = toCharge(intent, now, null);
  const payment = toInvoicePayment(invoice, intent, now);
  intent.latest_charge = charge.id;
  subscription.latest_invoice = invoice.id;
  world.subscriptions.push(subscription);
  world.invoices.push(invoice);
  world.paymentIntents.push(intent);
  world.charges.push(charge);
  world.invoicePayments.push(payment);
  Object.assign(session, {
    status: "complete",
    payment_status: "paid",
    subscription: subscription.id,
    invoice: invoice.id,
    url: null,
  });
  emit(account, "payment_intent.created", { ...intent, status: "requires_payment_method" });
  emit(account, "charge.succeeded", charge);
  emit(account, "payment_intent.succeeded", intent);
  emit(account, "customer.subscription.created", subscription);
  emit(account, "invoice.created", invoice);
  emit(account, "invoice.finalized", invoice);
  emit(account, "invoice.paid", invoice);
  emit(account, "invoice.payment_succeeded", invoice);
  emit(account, "invoice_payment.paid", payment);
  emit(account, "checkout.session.completed", toWire(session));
}

function addMonth(from: Date): Date {
  const to = new Date(from);
  to.setUTCMonth(to.getUTCMonth() + 1);
  return to;
}
