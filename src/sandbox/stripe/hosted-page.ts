/** Stripe's hosted checkout page, plain: the order, a card, Subscribe. It runs no script and keeps no card number. */
import type { FastifyInstance } from "fastify";
import { escapeHtml } from "#src/domain/ports/messenger.ts";
import { type Account, findSession, payCheckout } from "./checkout.ts";
import { parseForm } from "./form.ts";
import { Refusal } from "./refusal.ts";
import type { Session } from "./world.ts";

const STYLE = `:root{color-scheme:light dark}body{font:17px/1.5 system-ui,sans-serif;margin:0 auto;max-width:26rem;padding:1.5rem}
h1{font-size:1.6rem;margin:.25rem 0}label{display:block;margin:1rem 0 .25rem}
input{width:100%;box-sizing:border-box;font:inherit;padding:.7rem;border:1px solid #8886;border-radius:.5rem}
.pair{display:grid;grid-template-columns:1fr 1fr;gap:.75rem}button{width:100%;margin-top:1.5rem;padding:.9rem;border:0;border-radius:.5rem;background:#0b57d0;color:#fff;font:inherit;font-weight:600}
.problem{border:1px solid #c5221f;border-radius:.5rem;padding:.7rem}small{opacity:.75}`;

export function addHostedPage(app: FastifyInstance, account: Account): void {
  app.get<{ Params: { id: string } }>("/c/pay/:id", (request, reply) => {
    const session = lookUp(account, request.params.id);
    return reply
      .code(session === null ? 404 : 200)
      .type("text/html; charset=utf-8")
      .send(toPage(session, null));
  });
  app.post<{ Params: { id: string } }>("/c/pay/:id", (request, reply) => {
    const session = lookUp(account, request.params.id);
    if (session === null) return reply.code(404).type("text/html; charset=utf-8").send(toPage(null, null));
    const { card } = parseForm(typeof request.body === "string" ? request.body : "");
    const payment = payCheckout(account, session, typeof card === "string" ? card : "");
    if (payment.paid) return reply.redirect(payment.redirect, 303);
    return reply.code(402).type("text/html; charset=utf-8").send(toPage(session, payment.message));
  });
}

function lookUp(account: Account, id: string): Session | null {
  try {
    return findSession(account, id);
  } catch (error) {
    if (error instanceof Refusal) return null;
    throw error;
  }
}

function toPage(session: Session | null, problem: string | null): string {
  const body = session === null ? toNotice("This checkout page does not exist.") : toBody(session, problem);
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><title>Checkout</title><style>${STYLE}</style></head><body>${body}</body></html>`;
}

function toNotice(text: string): string {
  return `<h1>Checkout</h1><p>${text}</p>`;
}

function toBody(session: Session, problem: string | null): string {
  if (session.status === "complete") return toNotice("This order is paid. You can close this page.");
  if (session.status === "expired") return toNotice("This checkout page has expired. Nothing was charged.");
  const back = session.cancel_url === null ? "" : `<p><a href="${escapeHtml(session.cancel_url)}">Back</a></p>`;
  return `<p><small>Test mode: no real card, no real money</small></p>
<p>Blytz Personal AI Assistant</p><h1>$29.00 <small>/ month</small></h1>
${problem === null ? "" : `<p class="problem" role="alert">${escapeHtml(problem)}</p>`}
<form method="post"><label for="card">Card number</label><input id="card" name="card" inputmode="numeric" autocomplete="off" placeholder="4242 4242 4242 4242" required>
<div class="pair"><div><label for="expiry">Expiry</label><input id="expiry" name="expiry" placeholder="12 / 34" autocomplete="off" required></div>
<div><label for="cvc">CVC</label><input id="cvc" name="cvc" placeholder="123" inputmode="numeric" autocomplete="off" required></div></div>
<button>Subscribe</button></form>${back}`;
}
