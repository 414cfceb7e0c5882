/** The customers table: rows read as Customer, and the one function that stores a status. */
import { randomBytes } from "node:crypto";
import {
  type Customer,
  type CustomerStatus,
  type Entitlement,
  toCustomerId,
  toCustomerStatus,
} from "#src/domain/customer.ts";
import { AppError } from "#src/domain/errors.ts";
import type { Store } from "./database.ts";
import { toOptionalTime, toText, toTime } from "./row.ts";

type Row = {
  id: string;
  telegram_user_id: number | null;
  chat_id: number | null;
  bot_id: number;
  assistant_name: string;
  telegram_bot_username: string;
  status: CustomerStatus;
  pay_token: string;
  entitlement: Entitlement;
  paid_until: string | null;
  stripe_customer_id: string | null;
  stripe_subscription_id: string | null;
  subscription_status: string | null;
  created_at: string;
  paid_at: string | null;
  served_at: string | null;
};

type Reading = Pick<Store, "sql">;

const BY = {
  id: "SELECT * FROM customers WHERE id = ?",
  payToken: "SELECT * FROM customers WHERE pay_token = ?",
  telegramUserId: "SELECT * FROM customers WHERE telegram_user_id = ?",
  botId: "SELECT * FROM customers WHERE bot_id = ?",
  stripeCustomerId: "SELECT * FROM customers WHERE stripe_customer_id = ?",
} as const;

export function findCustomer(store: Reading, by: keyof typeof BY, value: string | number): Customer | null {
  const row = store.sql(BY[by]).get(value) as Row | undefined;
  return row === undefined ? null : toCustomer(row);
}

/** Throws `not_found`. */
export function readCustomer(store: Reading, id: string): Customer {
  const customer = findCustomer(store, "id", id);
  if (customer === null) throw new AppError("There is no such customer.", { code: "not_found" });
  return customer;
}

export function listCustomers(store: Reading): Customer[] {
  return (store.sql("SELECT * FROM customers ORDER BY created_at, id").all() as Row[]).map(toCustomer);
}

/**
 * Creates a pending customer with a fresh pay token, named after the bot. Throws `conflict` when the bot or the Telegram
 * account has a customer already. Call it in the transaction that also writes the spec and holds the seat.
 */
export function createCustomer(
  store: Store,
  person: { telegramUserId: number; chatId: number; botId: number; botUsername: string; assistantName: string },
  now: Date,
): Customer {
  const id = toCustomerId(person.botUsername, (taken) => findCustomer(store, "id", taken) !== null);
  if (findCustomer(store, "botId", person.botId) !== null) {
    throw new AppError("That bot already belongs to an order.", { code: "conflict" });
  }
  if (findCustomer(store, "telegramUserId", person.telegramUserId) !== null) {
    throw new AppError("You already have an assistant.", { code: "conflict" });
  }
  store
    .sql(`INSERT INTO customers (id, telegram_user_id, chat_id, bot_id, assistant_name, telegram_bot_username, status,
            pay_token, created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?, 'pending', ?, ?, ?)`)
    .run(
      id,
      person.telegramUserId,
      person.chatId,
      person.botId,
      person.assistantName,
      person.botUsername,
      randomBytes(24).toString("base64url"),
      toText(now),
      toText(now),
    );
  return readCustomer(store, id);
}

/** The person changed their mind before paying: other name or bot, same order. Only while pending. */
export function renameCustomer(
  store: Store,
  id: string,
  changed: { botId: number; botUsername: string; assistantName: string },
  now: Date,
): void {
  store
    .sql(`UPDATE customers SET bot_id = ?, telegram_bot_username = ?, assistant_name = ?, updated_at = ?
          WHERE id = ? AND status = 'pending'`)
    .run(changed.botId, changed.botUsername, changed.assistantName, toText(now), id);
}

export function recordStripeCustomer(store: Store, id: string, stripeCustomerId: string, now: Date): void {
  store
    .sql("UPDATE customers SET stripe_customer_id = ?, updated_at = ? WHERE id = ?")
    .run(stripeCustomerId, toText(now), id);
}

/** Billing's writing: who is to be served, and until when. A newly begun entitlement has not been served yet. */
export function grantEntitlement(
  store: Store,
  id: string,
  paid: { paidUntil: Date; subscriptionId: string; subscriptionStatus: string },
  now: Date,
): void {
  const customer = readCustomer(store, id);
  const begins = customer.entitlement !== "paid";
  store
    .sql(`UPDATE customers SET entitlement = 'paid', paid_until = ?, stripe_subscription_id = ?, subscription_status = ?,
            paid_at = ?, served_at = ? WHERE id = ?`)
    .run(
      toText(paid.paidUntil),
      paid.subscriptionId,
      paid.subscriptionStatus,
      toText(begins ? now : (customer.paidAt ?? now)),
      begins || customer.servedAt === null ? null : toText(customer.servedAt),
      id,
    );
  storeStatus(store, customer, now);
}

/** Billing's writing: what Stripe says of the subscription by now. The entitlement stays as it is. */
export function recordSubscription(
  store: Store,
  id: string,
  subscription: { paidUntil: Date; subscriptionStatus: string },
  now: Date,
): void {
  store
    .sql("UPDATE customers SET paid_until = ?, subscription_status = ?, updated_at = ? WHERE id = ?")
    .run(toText(subscription.paidUntil), subscription.subscriptionStatus, toText(now), id);
}

/** The assistant loop's writing: a message gets an answer now. Repeating it keeps the first time. */
export function setServed(store: Store, id: string, now: Date): void {
  const customer = readCustomer(store, id);
  store.sql("UPDATE customers SET served_at = coalesce(served_at, ?) WHERE id = ?").run(toText(now), id);
  storeStatus(store, customer, now);
}

function storeStatus(store: Store, before: Customer, now: Date): void {
  const status = toCustomerStatus(before, readCustomer(store, before.id));
  store.sql("UPDATE customers SET status = ?, updated_at = ? WHERE id = ?").run(status, toText(now), before.id);
}

function toCustomer(row: Row): Customer {
  return {
    id: row.id,
    telegramUserId: row.telegram_user_id,
    chatId: row.chat_id,
    botId: row.bot_id,
    botUsername: row.telegram_bot_username,
    assistantName: row.assistant_name,
    status: row.status,
    payToken: row.pay_token,
    entitlement: row.entitlement,
    paidUntil: toOptionalTime(row.paid_until),
    stripeCustomerId: row.stripe_customer_id,
    stripeSubscriptionId: row.stripe_subscription_id,
    subscriptionStatus: row.subscription_status,
    createdAt: toTime(row.created_at),
    paidAt: toOptionalTime(row.paid_at),
    servedAt: toOptionalTime(row.served_at),
  };
}
