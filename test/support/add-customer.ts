/** Builders for rows: the usual customer, with what a test wants different; and how far billing has come with them. */
import { toCheckoutTimes } from "#src/domain/checkout-attempt.ts";
import type { Customer } from "#src/domain/customer.ts";
import { Secret } from "#src/domain/secret.ts";
import { writeSpec } from "#src/store/assistants.ts";
import {
  finishAttempt,
  holdSeat,
  recordCheckoutTimes,
  recordOpenSession,
  wantCheckout,
} from "#src/store/checkout-attempts.ts";
import { createCustomer, grantEntitlement, readCustomer } from "#src/store/customers.ts";
import type { Store } from "#src/store/database.ts";

export const NOW = new Date("2026-02-18T10:30:00.000Z");
export const SEATS = 20;

/** `number` tells one customer from another: it makes the Telegram ids and, unless given, the bot's username. */
export function addCustomer(
  store: Store,
  number = 1,
  changed: { botUsername?: string; assistantName?: string } = {},
  now: Date = NOW,
): Customer {
  const person = {
    telegramUserId: 1000 + number,
    chatId: 1000 + number,
    botId: 7_000_000 + number,
    botUsername: `Alex${number}Bot`,
    assistantName: "Alex",
    ...changed,
  };
  return store.transaction(() => {
    const customer = createCustomer(store, person, now);
    const spec = {
      assistantName: person.assistantName,
      instructions: "Help me.",
      ownerTelegramId: person.telegramUserId,
      botId: person.botId,
      botUsername: person.botUsername,
      timeZone: "UTC",
    };
    writeSpec(store, customer.id, spec, new Secret(`${person.botId}:AAaaBBbbCCccDDddEEeeFFffGGggHHhhIIi`), now);
    return customer;
  });
}

/** What billing does when somebody pressed the button. Gives the attempt's id. */
export function openCheckout(
  store: Store,
  customerId: string,
  session: { id: string; url: string },
  now: Date = NOW,
): string {
  const attempt = holdSeat(store, customerId, SEATS, now);
  if (attempt === null) throw new Error("no seat is free");
  wantCheckout(store, attempt.id);
  const times = toCheckoutTimes(now, attempt.holdUntil);
  recordCheckoutTimes(store, attempt.id, times);
  const stripe = { status: "open", paid: false, stripeCustomerId: null, subscriptionId: null } as const;
  recordOpenSession(store, attempt.id, { ...session, ...stripe, expiresAt: times.expiresAt });
  return attempt.id;
}

/** What billing does when Stripe says that it was paid. */
export function pay(store: Store, customerId: string, attemptId: string | null = null, now: Date = NOW): Customer {
  const paidUntil = new Date(now.getTime() + 28 * 86_400_000);
  grantEntitlement(
    store,
    customerId,
    { paidUntil, subscriptionId: `sub_${customerId}`, subscriptionStatus: "active" },
    now,
  );
  if (attemptId !== null) finishAttempt(store, attemptId, "complete");
  return readCustomer(store, customerId);
}
