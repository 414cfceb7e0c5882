/** Stripe's objects with the fields that it always sends. They are built here and nowhere else; no rule lives here. */
import { createId, type StripeObject } from "./world.ts";

export const API_VERSION = "2026-10-28.endive";

/** What the product sells, as it stands in the operator's account. */
export function toPrice(id: string): StripeObject {
  return {
    id,
    object: "price",
    active: true,
    billing_scheme: "per_unit",
    created: 1_767_225_600,
    currency: "usd",
    livemode: false,
    lookup_key: null,
    metadata: {},
    nickname: null,
    product: "prod_blytz",
    recurring: { interval: "month", interval_count: 1, meter: null, trial_period_days: null, usage_type: "licensed" },
    tax_behavior: "unspecified",
    tiers_mode: null,
    transform_quantity: null,
    type: "recurring",
    unit_amount: 2900,
    unit_amount_decimal: "2900",
  };
}

export function toCustomer(created: number, fields: Record<string, unknown>): StripeObject {
  return {
    id: createId("cus"),
    object: "customer",
    balance: 0,
    created,
    currency: null,
    default_source: null,
    delinquent: false,
    description: null,
    email: null,
    invoice_settings: { custom_fields: null, default_payment_method: null, footer: null, rendering_options: null },
    livemode: false,
    metadata: {},
    name: null,
    phone: null,
    ...fields,
  };
}

export function toSubscription(
  fields: { created: number; periodEnd: number; price: StripeObject; customer: string },
  metadata: Record<string, string>,
): StripeObject {
  const id = createId("sub");
  const { created, periodEnd, price, customer } = fields;
  const item = {
    id: createId("si"),
    object: "subscription_item",
    created,
    current_period_end: periodEnd,
    current_period_start: created,
    discounts: [],
    metadata: {},
    plan: {
      id: price.id,
      object: "plan",
      active: true,
      amount: 2900,
      currency: "usd",
      interval: "month",
      interval_count: 1,
    },
    price,
    quantity: 1,
    subscription: id,
    tax_rates: [],
  };
  return {
    id,
    object: "subscription",
    automatic_tax: { disabled_reason: null, enabled: false, liability: null },
    billing_cycle_anchor: created,
    billing_mode: { type: "flexible", flexible: { proration_discounts: "included" } },
    billing_schedules: [],
    cancel_at: null,
    cancel_at_period_end: false,
    canceled_at: null,
    cancellation_details: { comment: null, feedback: null, reason: null },
    collection_method: "charge_automatically",
    created,
    currency: "usd",
    customer,
    default_payment_method: null,
    discounts: [],
    ended_at: null,
    invoice_settings: { account_tax_ids: null, issuer: { type: "self" } },
    items: { object: "list", data: [item], has_more: false, url: `/v1/subscription_items?subscription=${id}` },
    latest_invoice: null,
    livemode: false,
    metadata,
    pause_collection: null,
    schedule: null,
    start_date: created,
    status: "active",
    trial_end: null,
    trial_start: null,
  };
}

export function toInvoice(subscription: StripeObject, created: number): StripeObject {
  const id = createId("in");
  return {
    id,
    object: "invoice",
    amount_due: 2900,
    amount_overpaid: 0,
    amount_paid: 2900,
    amount_remaining: 0,
    amount_shipping: 0,
    attempt_count: 1,
    attempted: true,
    automatic_tax: { enabled: false },
    billing_reason: "subscription_create",
    collection_method: "charge_automatically",
    created,
    currency: "usd",
    customer: subscription.customer,
    default_tax_rates: [],
    discounts: [],
    hosted_invoice_url: null,
    issuer: { type: "self" },
    lines: { object: "list", data: [], has_more: false, url: `/v1/invoices/${id}/lines` },
    livemode: false,
    metadata: {},
    parent: {
      type: "subscription_details",
      quote_details: null,
      subscription_details: { metadata: subscription.metadata, subscription: subscription.id },
    },
    payment_settings: { default_mandate: null, payment_method_options: null, payment_method_types: null },
    period_end: created,
    period_start: created,
    post_payment_credit_notes_amount: 0,
    pre_payment_credit_notes_amount: 0,
    starting_balance: 0,
    status: "paid",
    status_transitions: { finalized_at: created, marked_uncollectible_at: null, paid_at: created, voided_at: null },
    subtotal: 2900,
    total: 2900,
  };
}

export function toPaymentIntent(customer: string, created: number, status: string): StripeObject {
  const paid = status === "succeeded";
  return {
    id: createId("pi"),
    object: "payment_intent",
    amount: 2900,
    amount_capturable: 0,
    amount_received: paid ? 2900 : 0,
    capture_method: "automatic_async",
    confirmation_method: "automatic",
    created,
    currency: "usd",
    customer,
    latest_charge: null,
    livemode: false,
    metadata: {},
    payment_method: null,
    payment_method_types: ["card"],
    status,
  };
}

export function toCharge(intent: StripeObject, created: number, failure: string | null): StripeObject {
  return {
    id: createId("ch"),
    object: "charge",
    amount: 2900,
    amount_captured: failure === null ? 2900 : 0,
    amount_refunded: 0,
    billing_details: { address: null, email: null, name: null, phone: null, tax_id: null },
    captured: failure === null,
    created,
    currency: "usd",
    customer: intent.customer,
    disputed: false,
    failure_code: failure,
    livemode: false,
    metadata: {},
    paid: failure === null,
    payment_intent: intent.id,
    refunded: false,
    status: failure === null ? "succeeded" : "failed",
  };
}

export function toInvoicePayment(invoice: StripeObject, intent: StripeObject, created: number): StripeObject {
  return {
    id: createId("inpay"),
    object: "invoice_payment",
    amount_paid: 2900,
    amount_requested: 2900,
    created,
    currency: "usd",
    invoice: invoice.id,
    is_default: true,
    livemode: false,
    payment: { type: "payment_intent", payment_intent: intent.id },
    status: "paid",
    status_transitions: { canceled_at: null, paid_at: created },
  };
}
