/** A customer's five states and what they follow from; ids; the promise of minutes. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { addMinutes } from "#src/domain/clock.ts";
import {
  type CustomerStatus,
  type Entitlement,
  isServedLate,
  toCustomerId,
  toCustomerStatus,
} from "#src/domain/customer.ts";
import { isAppError } from "#src/domain/errors.ts";

const NOW = new Date("2026-02-18T10:30:00Z");
const STATUSES: CustomerStatus[] = ["pending", "provisioning", "active", "suspended", "cancelled"];

/** From each state: what follows from the entitlement and whether they were served; null for what can't happen. */
const LIFE: Record<CustomerStatus, Record<string, CustomerStatus | null>> = {
  pending: {
    "none, not served": "pending",
    "paid, not served": "provisioning",
    "paid, served": null,
    "ended, served": null,
  },
  provisioning: {
    "none, not served": null,
    "paid, not served": "provisioning",
    "paid, served": "active",
    "ended, served": "suspended",
  },
  active: {
    "none, not served": null,
    "paid, not served": null,
    "paid, served": "active",
    "ended, served": "suspended",
  },
  suspended: {
    "none, not served": null,
    "paid, not served": "provisioning",
    "paid, served": null,
    "ended, served": "suspended",
  },
  cancelled: { "none, not served": null, "paid, not served": null, "paid, served": null, "ended, served": null },
};

for (const status of STATUSES) {
  for (const [what, expected] of Object.entries(LIFE[status])) {
    test(`a ${status} customer who is ${what} ${expected === null ? "can't be" : `is ${expected}`}`, () => {
      const [entitlement, served] = what.split(", ") as [Entitlement, string];
      const before = { status, entitlement: "none", servedAt: null } as const;
      const decide = () => toCustomerStatus(before, { entitlement, servedAt: served === "served" ? NOW : null });
      if (expected !== null) assert.equal(decide(), expected);
      else
        assert.throws(decide, (error) => isAppError(error, "internal") && error.message.includes(`from ${status} to`));
    });
  }
}

test("who was not served within the minutes is late; at the minute itself they are not", () => {
  const paidAt = NOW;
  assert.equal(isServedLate({ paidAt, servedAt: null }, 15, addMinutes(NOW, 15)), false);
  assert.equal(isServedLate({ paidAt, servedAt: null }, 15, new Date(addMinutes(NOW, 15).getTime() + 1)), true);
  assert.equal(isServedLate({ paidAt, servedAt: NOW }, 15, addMinutes(NOW, 99)), false);
  assert.equal(isServedLate({ paidAt: null, servedAt: null }, 15, addMinutes(NOW, 99)), false);
});

const nobody = (): boolean => false;

for (const [username, id] of [
  ["AlexBot", "alexbot"],
  ["My_Own_Bot", "my-own-bot"],
  ["_a__b_Bot_", "a-b-bot"],
  ["a".repeat(40), "a".repeat(40)],
  [`${"a".repeat(40)}b`, `${"a".repeat(31)}-e2088575`],
] as const) {
  test(`the bot ${username} gives the id ${id}`, () => {
    assert.equal(toCustomerId(username, nobody), id);
  });
}

test("an id that is taken gets the first number that is free", () => {
  const taken = new Set(["ada-bot", "ada-bot-2", "ada-bot-4"]);
  assert.equal(
    toCustomerId("Ada_Bot", (id) => taken.has(id)),
    "ada-bot-3",
  );
});

test("a long id stays within 40 characters with its number too, and differs", () => {
  const name = "b".repeat(40);
  const second = toCustomerId(name, (id) => id === name);
  assert.match(second, /^b{31}-[0-9a-f]{8}$/);
  const third = toCustomerId(name, (id) => id === name || id === second);
  assert.match(third, /^b{31}-[0-9a-f]{8}$/);
  assert.notEqual(third, second);
});

test("every username gives a DNS label, always the same, and any number of people with it get different ones", () => {
  const letters = [..."abcXYZ019_"].map((letter) => fc.constant(letter));
  const username = fc.string({ unit: fc.oneof(...letters), minLength: 4, maxLength: 60 }).map((text) => `a${text}`);
  fc.assert(
    fc.property(username, (name) => {
      const ids = new Set<string>();
      for (let count = 0; count < 5; count += 1) {
        const id = toCustomerId(name, (taken) => ids.has(taken));
        assert.match(id, /^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$/);
        ids.add(id);
      }
      assert.equal(ids.size, 5);
      assert.equal(toCustomerId(name, nobody), [...ids][0]);
    }),
  );
});
