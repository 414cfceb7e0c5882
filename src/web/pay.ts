/**
 * `/pay/:token`: from the pay button to Stripe's page. It holds the seat, records the wish, and waits a moment for billing,
 * which alone talks to Stripe. Pressing twice, or on two devices, leads to the same checkout session.
 */
import { setTimeout as delay } from "node:timers/promises";
import type { FastifyInstance, FastifyReply } from "fastify";
import { addMinutes } from "#src/domain/clock.ts";
import type { Customer } from "#src/domain/customer.ts";
import { endHold, findLiveAttempt, holdSeat, wantCheckout } from "#src/store/checkout-attempts.ts";
import { findCustomer, readCustomer } from "#src/store/customers.ts";
import type { WebParts } from "./create-web.ts";
import { PUBLIC_ERRORS, toReply } from "./errors.ts";
import { HTML } from "./pages.ts";

/** A page that ends sooner than this is not worth sending anybody to. */
const MIN_MINUTES_LEFT = 2;
const LOOK_MS = 50;
/** After this many pages of waiting the person is told that it takes longer than usual. */
const SLOW_AFTER = 4;

type Outcome = { kind: "paid" } | { kind: "full" } | { kind: "open"; url: string } | { kind: "waiting" };
type PayRequest = { Params: { token: string }; Querystring: { waited?: string } };

export function payRoutes(app: FastifyInstance, parts: WebParts): void {
  const config = { rateLimit: { max: 120, timeWindow: "1 minute" } };
  // Programs that only look whether the link is alive must not hold a seat.
  app.head("/pay/:token", { config }, (_request, reply) => guard(reply).send());
  app.get<PayRequest>("/pay/:token", { config }, async (request, reply) => {
    guard(reply).type(HTML);
    const customer = findCustomer(parts.store, "payToken", request.params.token);
    if (customer === null || customer.status === "cancelled") return sendUnknown(parts, reply);
    return send(parts, reply, customer, await waitForPage(parts, customer.id), Number(request.query.waited ?? 0) || 0);
  });
}

/** The address is a secret of the customer's: it is neither stored nor told to the next site. */
function guard(reply: FastifyReply): FastifyReply {
  return reply.header("cache-control", "no-store").header("referrer-policy", "no-referrer");
}

async function waitForPage(parts: WebParts, customerId: string): Promise<Outcome> {
  const deadline = performance.now() + parts.payWaitMs;
  // Nudged once for each visit and each change: a Stripe that fails is asked again at billing's own pace, not at ours.
  for (let isNudge = true; ; isNudge = false) {
    const outcome = ask(parts, customerId, isNudge);
    if (outcome.kind !== "waiting" || performance.now() >= deadline || parts.isStopping()) return outcome;
    await delay(LOOK_MS);
  }
}

/** Looks, and asks billing for what is missing. Repeating it asks for nothing twice. */
function ask({ store, clock, maxCustomers, enqueueBilling }: WebParts, customerId: string, isNudge: boolean): Outcome {
  if (readCustomer(store, customerId).entitlement !== "none") return { kind: "paid" };
  const now = clock.now();
  const attempt = findLiveAttempt(store, customerId) ?? holdSeat(store, customerId, maxCustomers, now);
  if (attempt === null) return { kind: "full" };
  if (attempt.state === "open" && attempt.url !== null && attempt.expiresAt !== null) {
    if (attempt.expiresAt > addMinutes(now, MIN_MINUTES_LEFT)) return { kind: "open", url: attempt.url };
  }
  // Billing closes a page that is about to end; the next look holds the seat again and asks for a fresh one.
  const isEnding = attempt.state === "open" && !attempt.givenBack;
  if (isEnding) endHold(store, attempt.id, now);
  if (wantCheckout(store, attempt.id) || isEnding || isNudge) enqueueBilling(customerId);
  return { kind: "waiting" };
}

function send(parts: WebParts, reply: FastifyReply, customer: Customer, outcome: Outcome, waited: number) {
  switch (outcome.kind) {
    case "paid":
      return reply.redirect(`/paid?token=${customer.payToken}`, 303);
    case "open":
      return reply.redirect(outcome.url, 303);
    case "full":
      return sendFull(parts, reply);
    case "waiting": {
      const isSlow = waited >= SLOW_AFTER;
      const refresh = `${isSlow ? 10 : 2};url=/pay/${customer.payToken}?waited=${waited + 1}`;
      return reply.send(parts.pages.render("opening-payment", { refresh, isSlow }));
    }
  }
}

function sendFull({ pages, botUsername }: WebParts, reply: FastifyReply) {
  const { status, body } = toReply("at_capacity");
  const message = `${body.message} Your answers are kept: press the button in the chat again later.`;
  const link = { text: "Back to the chat", url: `https://t.me/${botUsername}` };
  return reply.code(status).send(pages.render("problem", { title: "All places are taken", message, link }));
}

function sendUnknown({ pages, botUsername }: WebParts, reply: FastifyReply) {
  const message = "This payment link is not known here. The button in your chat always leads to the right one.";
  const link = { text: "Open the chat", url: `https://t.me/${botUsername}` };
  return reply
    .code(PUBLIC_ERRORS.not_found.status)
    .send(pages.render("problem", { title: "Unknown payment link", message, link }));
}
