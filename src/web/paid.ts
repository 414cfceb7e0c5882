/**
 * `/paid` (and `/success`): where Stripe sends people after paying. The page shows what the platform knows, and asks
 * billing to look; it never takes the visit as proof of a payment.
 */
import type { FastifyInstance, FastifyReply } from "fastify";
import { type CheckoutAttempt, isLive } from "#src/domain/checkout-attempt.ts";
import type { Customer } from "#src/domain/customer.ts";
import { toProgressLines, toProgressNote } from "#src/domain/progress-text.ts";
import { findAttemptBySession } from "#src/store/checkout-attempts.ts";
import { findCustomer } from "#src/store/customers.ts";
import type { WebParts } from "./create-web.ts";
import { PUBLIC_ERRORS } from "./errors.ts";
import { HTML, type PageValues } from "./pages.ts";

/** Of strings only: `?token=a&token=b` gives an array, which is no token. */
type PaidQuery = { session_id?: unknown; token?: unknown };
type Order = { customer: Customer; attempt: CheckoutAttempt | null };

const REFRESH_SECONDS = "2";

export function paidRoutes(app: FastifyInstance, parts: WebParts): void {
  for (const path of ["/paid", "/success"]) {
    app.get<{ Querystring: PaidQuery }>(path, (request, reply) => {
      reply.header("cache-control", "no-store").header("referrer-policy", "no-referrer").type(HTML);
      const order = findOrder(parts, request.query);
      if (order === null) return sendUnknown(parts, reply);
      const { customer, attempt } = order;
      if (customer.entitlement === "none" && attempt === null) {
        return reply.redirect(`/pay/${customer.payToken}`, 303);
      }
      if (customer.entitlement === "none") parts.enqueueBilling(customer.id);
      return reply.send(parts.pages.render("paid", toValues(parts, customer, attempt)));
    });
  }
}

function findOrder({ store }: WebParts, { session_id: sessionId, token }: PaidQuery): Order | null {
  if (typeof sessionId === "string") {
    const attempt = findAttemptBySession(store, sessionId);
    const customer = attempt === null ? null : findCustomer(store, "id", attempt.customerId);
    return customer === null ? null : { customer, attempt };
  }
  if (typeof token !== "string") return null;
  const customer = findCustomer(store, "payToken", token);
  return customer === null ? null : { customer, attempt: null };
}

function toValues(parts: WebParts, customer: Customer, attempt: CheckoutAttempt | null): PageValues["paid"] {
  const progress = customer.entitlement === "paid" ? parts.readProgress(customer.id) : null;
  const state = toState(customer, attempt, progress?.cause === "ready");
  const isMoving = state === "confirming" || state === "preparing";
  return {
    state,
    refresh: isMoving ? REFRESH_SECONDS : null,
    assistantName: customer.assistantName,
    botUrl: `https://t.me/${customer.botUsername}`,
    payUrl: `/pay/${customer.payToken}`,
    lines: progress === null ? [] : toProgressLines(progress),
    note: progress === null || state === "ready" ? null : toProgressNote(progress),
  };
}

function toState(customer: Customer, attempt: CheckoutAttempt | null, isReady: boolean): PageValues["paid"]["state"] {
  if (customer.entitlement === "ended") return "ended";
  if (customer.entitlement === "paid") return isReady ? "ready" : "preparing";
  return attempt !== null && isLive(attempt) ? "confirming" : "expired";
}

function sendUnknown({ pages, botUsername }: WebParts, reply: FastifyReply) {
  const message = "This order is not known here. If you paid, nothing is lost: the chat tells you how it stands.";
  const link = { text: "Open the chat", url: `https://t.me/${botUsername}` };
  return reply
    .code(PUBLIC_ERRORS.not_found.status)
    .send(pages.render("problem", { title: "Unknown order", message, link }));
}
