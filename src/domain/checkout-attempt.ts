/**
 * A checkout attempt: one chance to pay, and the seat that is held meanwhile. A live attempt (`offered`, `wanted`, `open`)
 * holds its customer's seat until billing has Stripe's word that nothing can be paid any more.
 */
import { addMinutes } from "./clock.ts";

/** The pay button is shown: this long the seat is held. */
export const HOLD_MINUTES = 45;
/** How long a checkout page stays open; Stripe wants at least 30 minutes. */
const CHECKOUT_MINUTES = 31;
/** The seat outlives its checkout page by this, so that a payment in its last second finds the seat. */
const HOLD_AFTER_CHECKOUT_MINUTES = 10;

export type CheckoutAttempt = {
  id: string;
  customerId: string;
  /** offered: a button is shown; wanted: it was pressed; open: Stripe has a page; complete: paid; released: over. */
  state: "offered" | "wanted" | "open" | "complete" | "released";
  holdUntil: Date;
  expiresAt: Date | null;
  sessionId: string | null;
  url: string | null;
  /** The person cancelled: nothing needs to be told when the seat is free. */
  givenBack: boolean;
  createdAt: Date;
};

export function isLive(attempt: CheckoutAttempt): boolean {
  return attempt.state === "offered" || attempt.state === "wanted" || attempt.state === "open";
}

/** When the page that is about to be asked for ends, and how long its seat is held then. */
export function toCheckoutTimes(now: Date, heldUntil: Date): { expiresAt: Date; holdUntil: Date } {
  const expiresAt = addMinutes(now, CHECKOUT_MINUTES);
  const holdUntil = addMinutes(expiresAt, HOLD_AFTER_CHECKOUT_MINUTES);
  return { expiresAt, holdUntil: holdUntil > heldUntil ? holdUntil : heldUntil };
}
