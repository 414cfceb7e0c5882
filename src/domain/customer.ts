/** A customer: identity, the five states and what they follow from. No effects; the store keeps what is decided here. */
import { createHash } from "node:crypto";
import { addMinutes } from "./clock.ts";
import { AppError } from "./errors.ts";

export type CustomerStatus = "pending" | "provisioning" | "active" | "suspended" | "cancelled";

/** Whether the customer is to be served; billing's alone. `none`: never paid yet. */
export type Entitlement = "none" | "paid" | "ended";

export type Customer = {
  id: string;
  telegramUserId: number | null;
  chatId: number | null;
  botId: number;
  botUsername: string;
  assistantName: string;
  status: CustomerStatus;
  payToken: string;
  entitlement: Entitlement;
  paidUntil: Date | null;
  stripeCustomerId: string | null;
  stripeSubscriptionId: string | null;
  subscriptionStatus: string | null;
  createdAt: Date;
  paidAt: Date | null;
  servedAt: Date | null;
};

const NEXT: Record<CustomerStatus, readonly CustomerStatus[]> = {
  pending: ["provisioning", "cancelled"],
  provisioning: ["active", "suspended", "cancelled"],
  active: ["suspended", "cancelled"],
  suspended: ["provisioning", "cancelled"],
  cancelled: [],
};

/**
 * The state that follows from who owns what: billing the entitlement, the assistant loop `servedAt` (cleared whenever
 * an entitlement begins). Throws `internal` for a change that the life of a customer does not have.
 */
export function toCustomerStatus(
  customer: Pick<Customer, "status" | "entitlement" | "servedAt">,
  next: Pick<Customer, "entitlement" | "servedAt">,
): CustomerStatus {
  const status = wantedStatus(next);
  if (status === customer.status) return status;
  if (!NEXT[customer.status].includes(status)) {
    throw new AppError(`A customer can't go from ${customer.status} to ${status}.`, { code: "internal" });
  }
  return status;
}

function wantedStatus({ entitlement, servedAt }: Pick<Customer, "entitlement" | "servedAt">): CustomerStatus {
  if (entitlement === "none") return "pending";
  if (entitlement === "ended") return "suspended";
  return servedAt === null ? "provisioning" : "active";
}

/** Paid, and not served within the minutes that we promise. */
export function isServedLate(customer: Pick<Customer, "paidAt" | "servedAt">, minutes: number, now: Date): boolean {
  const { paidAt, servedAt } = customer;
  return paidAt !== null && servedAt === null && now > addMinutes(paidAt, minutes);
}

const MAX_ID_LENGTH = 40;

/**
 * The id from a bot's username: lower case, `_` to `-`, a DNS label. `isTaken` answers for ids in use; the first free of
 * `name`, `name-2`, `name-3`… is given.
 */
export function toCustomerId(botUsername: string, isTaken: (id: string) => boolean): string {
  const label = botUsername
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^-+|-+$/g, "");
  const base = shorten(label);
  for (let number = 1; ; number += 1) {
    const id = number === 1 ? base : shorten(`${base}-${number}`);
    if (!isTaken(id)) return id;
  }
}

function shorten(label: string): string {
  if (label.length <= MAX_ID_LENGTH) return label;
  return `${label.slice(0, 31)}-${createHash("sha256").update(label).digest("hex").slice(0, 8)}`;
}
