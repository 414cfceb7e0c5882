/** Webhooks: only what Stripe signed over these very bytes, lately, is an event. */
import assert from "node:assert/strict";
import { test } from "node:test";
import Stripe from "stripe";
import { createVerifyWebhook } from "#src/adapters/stripe/webhook.ts";
import { isAppError } from "#src/domain/errors.ts";
import { Secret } from "#src/domain/secret.ts";

const SECRET = "whsec_the_right_one";
const NOW = new Date("2026-11-23T12:00:00Z");
const { webhooks } = new Stripe("sk_test_x");
const verify = createVerifyWebhook({
  secrets: [new Secret("whsec_older"), new Secret(SECRET)],
  clock: { now: () => NOW },
});

function sign(payload: string, secret = SECRET, ageSeconds = 0): string {
  return webhooks.generateTestHeaderString({ payload, secret, timestamp: NOW.getTime() / 1000 - ageSeconds });
}

const event = (object: Record<string, unknown>) =>
  JSON.stringify({ id: "evt_1", object: "event", type: "invoice.paid", livemode: false, data: { object } });

test("a signed event tells its id and whom it is about, from wherever the object carries it", () => {
  const cases: [Record<string, unknown>, Partial<ReturnType<typeof verify>>][] = [
    [
      { object: "checkout.session", id: "cs_1", client_reference_id: "alexbot", customer: "cus_1" },
      { customerReference: "alexbot", sessionId: "cs_1", stripeCustomerId: "cus_1" },
    ],
    [{ object: "subscription", metadata: { customer_id: "alexbot" } }, { customerReference: "alexbot" }],
    [
      { object: "invoice", parent: { subscription_details: { metadata: { customer_id: "alexbot" } } } },
      { customerReference: "alexbot" },
    ],
    [
      { object: "customer", id: "cus_9" },
      { stripeCustomerId: "cus_9", customerReference: null },
    ],
  ];
  for (const [object, expected] of cases) {
    const body = event(object);
    const found = verify(Buffer.from(body), sign(body));
    assert.equal(found.id, "evt_1");
    for (const [name, value] of Object.entries(expected)) assert.equal(found[name as keyof typeof found], value);
  }
});

test("what is unsigned, wrongly signed, stale, changed or no event is refused", () => {
  const body = event({});
  const cases: [string, string | undefined][] = [
    [body, undefined],
    [body, "nonsense"],
    [body, sign(body, "whsec_wrong")],
    [body, sign(body, SECRET, 301)],
    [`${body} `, sign(body)],
    ["null", sign("null")],
    ["{", sign("{")],
    ['{"object":"charge","id":"ch_1"}', sign('{"object":"charge","id":"ch_1"}')],
  ];
  for (const [text, signature] of cases) {
    assert.throws(
      () => verify(Buffer.from(text), signature),
      (error) => isAppError(error, "invalid"),
      text,
    );
  }
  assert.ok(verify(Buffer.from(body), sign(body, SECRET, 299)), "five minutes are the limit");
});
