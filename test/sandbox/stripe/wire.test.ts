/** The Stripe stand-in is strict: what real Stripe refuses it refuses, in Stripe's words; webhooks come signed, and again. */
import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import Stripe from "stripe";
import { startStripe } from "#src/sandbox/stripe/start-stripe.ts";
import { eventually } from "#test/support/eventually.ts";

const KEY = "sk_test_0123456789";
const clock = { now: () => new Date() };

async function open(webhook: { url: string; secret: string } | null = null) {
  const stripe = await startStripe({ port: 0, clock, secretKey: KEY, priceId: "price_1", webhook });
  async function call(
    method: string,
    path: string,
    form: Record<string, string> = {},
    headers: Record<string, string> = {},
  ) {
    const answer = await fetch(`${stripe.url}${path}`, {
      method,
      headers: { authorization: `Bearer ${KEY}`, ...headers },
      ...(method === "GET" ? {} : { body: new URLSearchParams(form) }),
    });
    const json = (await answer.json()) as Record<string, unknown> & { error?: { message: string; code?: string } };
    return { status: answer.status, json, error: json.error };
  }
  const customer = String((await call("POST", "/v1/customers", { "metadata[customer_id]": "alexbot" })).json.id);
  const session = {
    mode: "subscription",
    customer,
    "line_items[0][price]": "price_1",
    "line_items[0][quantity]": "1",
    success_url: "https://blytz.cloud/paid",
    client_reference_id: "alexbot",
    "subscription_data[metadata][customer_id]": "alexbot",
  };
  return { stripe, call, session, [Symbol.asyncDispose]: () => stripe[Symbol.asyncDispose]() };
}

test("each wrong request is refused in Stripe's words", async () => {
  await using world = await open();
  const { session } = world;
  const { mode: _mode, ...withoutMode } = session;
  const { success_url: _url, ...withoutUrl } = session;
  const cases: [Record<string, string>, RegExp][] = [
    [{ ...session, payment_method_types: "card" }, /Received unknown parameter: payment_method_types/],
    [{ ...session, "line_items[0][prise]": "x" }, /Received unknown parameter: line_items\[0\]\[prise\]/],
    [withoutMode, /Missing required param: mode/],
    [withoutUrl, /Missing required param: success_url/],
    [{ ...session, ui_mode: "hosted" }, /Invalid ui_mode: must be one of/],
    [{ ...session, customer: "cus_nobody" }, /No such customer: 'cus_nobody'/],
    [{ ...session, "line_items[0][price]": "price_2" }, /No such price: 'price_2'/],
    [{ ...session, expires_at: "soon" }, /Invalid integer: soon/],
    [{ ...session, expires_at: "1" }, /at least 30 minutes/],
    [{ ...session, success_url: "not a url" }, /Not a valid URL/],
    [{ ...session, [`metadata[${"k".repeat(41)}]`]: "v" }, /up to 40 characters/],
  ];
  for (const [form, words] of cases) {
    const { status, error } = await world.call("POST", "/v1/checkout/sessions", form);
    assert.match(error?.message ?? "no error", words);
    assert.ok(status === 400 || status === 404);
  }
  assert.equal(world.stripe.readState().checkouts.length, 0);
});

test("unknown addresses, objects and keys are refused", async () => {
  await using world = await open();
  assert.match(
    (await world.call("GET", "/v1/quotes")).error?.message ?? "",
    /Unrecognized request URL \(GET: \/v1\/quotes\)/,
  );
  assert.equal((await world.call("GET", "/v1/subscriptions/sub_x")).status, 404);
  assert.equal((await world.call("GET", "/v1/customers/x", {}, { authorization: "Bearer sk_wrong" })).status, 401);
});

test("a key that was used with other parameters is refused; a refused request does not use its key up", async () => {
  await using world = await open();
  const key = { "idempotency-key": "once" };
  assert.equal((await world.call("POST", "/v1/checkout/sessions", {}, key)).status, 400);
  const made = await world.call("POST", "/v1/checkout/sessions", world.session, key);
  assert.equal(made.status, 200);
  const other = await world.call(
    "POST",
    "/v1/checkout/sessions",
    { ...world.session, cancel_url: "https://a.example" },
    key,
  );
  assert.match(other.error?.message ?? "", /same parameters/);
});

test("a payment's events arrive signed, are sent again until they are taken, and can be listed", async () => {
  const bodies: { body: string; signature: string }[] = [];
  let refusals = 2;
  const endpoint = createServer(async (request, response) => {
    let body = "";
    for await (const chunk of request) body += chunk;
    bodies.push({ body, signature: String(request.headers["stripe-signature"]) });
    refusals -= 1;
    response.writeHead(refusals >= 0 ? 500 : 200).end();
  });
  await new Promise<void>((listening) => endpoint.listen(0, "127.0.0.1", listening));
  try {
    const url = `http://127.0.0.1:${(endpoint.address() as AddressInfo).port}/hook`;
    await using world = await open({ url, secret: "whsec_1" });
    const session = await world.call("POST", "/v1/checkout/sessions", world.session);
    world.stripe.pay({ session: session.json.id, card: "4242424242424242" });
    await eventually("all delivered", () => world.stripe.readState().events.every(({ delivered }) => delivered));
    const { webhooks } = new Stripe(KEY);
    const events = bodies.map(({ body, signature }) => webhooks.constructEvent(body, signature, "whsec_1"));
    const types = new Set(events.map(({ type }) => type));
    for (const type of ["checkout.session.completed", "customer.subscription.created", "invoice.paid"]) {
      assert.ok(types.has(type as never), type);
    }
    assert.equal(events.length, types.size + 2, "the two refused ones came twice");
    const listed = await world.call("GET", "/v1/events?type=checkout.session.completed&limit=5");
    assert.equal((listed.json.data as unknown[]).length, 1);
  } finally {
    endpoint.close();
  }
});

test("what was known is known after a restart", async () => {
  await using world = await open();
  const session = await world.call("POST", "/v1/checkout/sessions", world.session);
  const saved = JSON.parse(JSON.stringify(world.stripe.snapshot()));
  await using next = await startStripe({ port: 0, clock, secretKey: KEY, priceId: "price_1", webhook: null, saved });
  assert.equal(next.readState().checkouts[0]?.id, session.json.id);
});

test("the hosted page takes a card, tells a decline, and leads on once it is paid", async () => {
  await using world = await open();
  const session = await world.call("POST", "/v1/checkout/sessions", world.session);
  const url = String(session.json.url);
  assert.match(await (await fetch(url)).text(), /\$29\.00/);
  const post = (card: string) =>
    fetch(url, { method: "POST", body: new URLSearchParams({ card }), redirect: "manual" });
  const declined = await post("4000 0000 0000 0002");
  assert.equal(declined.status, 402);
  assert.match(await declined.text(), /Your card was declined\./);
  const paid = await post("4242 4242 4242 4242");
  assert.equal(paid.headers.get("location"), "https://blytz.cloud/paid");
  assert.match(await (await fetch(url)).text(), /is paid/);
});
