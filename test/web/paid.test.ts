/** `/paid` and `/success`: what the platform knows of an order at this moment, and that the visit proves nothing. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Progress } from "#src/domain/progress.ts";
import { finishAttempt } from "#src/store/checkout-attempts.ts";
import { readCustomer } from "#src/store/customers.ts";
import { addCustomer, openCheckout, pay } from "#test/support/add-customer.ts";
import { openTemporaryWeb, type TemporaryWeb } from "#test/support/temporary-web.ts";

const SESSION = { id: "cs_test_1", url: "https://checkout.stripe.example/c/pay/cs_test_1" };
const PAGE = `/paid?session_id=${SESSION.id}`;
const REFRESH = '<meta http-equiv="refresh" content="2">';

const progress = (cause: Progress["cause"], changed: Partial<Progress> = {}): Progress => ({
  assistantName: "Alex",
  botUsername: "Alex1Bot",
  cause,
  detail: null,
  isLate: false,
  ...changed,
});

function order(web: TemporaryWeb, assistantName = "Alex") {
  const customer = addCustomer(web.store, 1, { assistantName });
  return { customer, attemptId: openCheckout(web.store, customer.id, SESSION) };
}

for (const path of ["/paid", "/success"]) {
  test(`${path} before the confirmation says so, wakes billing, and goes on by itself`, async () => {
    await using web = await openTemporaryWeb();
    const { customer } = order(web);
    const reply = await web.app.inject(`${path}?session_id=${SESSION.id}`);
    assert.equal(reply.statusCode, 200);
    assert.match(reply.body, /<h1>Waiting for the payment&#39;s confirmation<\/h1>/);
    assert.ok(reply.body.includes(REFRESH));
    assert.deepEqual(web.enqueued, [customer.id]);
    assert.equal(reply.headers["cache-control"], "no-store");
    assert.equal(reply.headers["referrer-policy"], "no-referrer");
    assert.equal(readCustomer(web.store, customer.id).entitlement, "none", "the visit is no proof of a payment");
  });
}

test("a paid order shows its progress in words and goes on by itself", async () => {
  await using web = await openTemporaryWeb();
  const { customer, attemptId } = order(web);
  pay(web.store, customer.id, attemptId);
  web.progress.set(customer.id, progress("starting"));
  const { body } = await web.app.inject(PAGE);
  assert.match(body, /<h1>Setting up Alex<\/h1>/);
  const lines = [...body.matchAll(/<li class="(\w+)">.*?<span>([^<]+)<\/span><\/li>/g)].map((match) => match.slice(1));
  assert.deepEqual(lines, [
    ["done", "Payment confirmed"],
    ["done", "Preparing Alex&#39;s workspace"],
    ["now", "Waking Alex up"],
    ["later", "Connecting to @Alex1Bot"],
  ]);
  assert.ok(body.includes(REFRESH));
});

test("trouble on the way is named, and so is that it takes longer than it should", async () => {
  await using web = await openTemporaryWeb();
  const { customer, attemptId } = order(web);
  pay(web.store, customer.id, attemptId);
  web.progress.set(customer.id, progress("channel_conflict"));
  assert.match((await web.app.inject(PAGE)).body, /Another program is using @Alex1Bot/);
  web.progress.set(customer.id, progress("connecting", { isLate: true }));
  assert.match((await web.app.inject(PAGE)).body, /takes longer than it should/);
});

test("a ready assistant has its Open button, and the page stays as it is", async () => {
  await using web = await openTemporaryWeb();
  const { customer, attemptId } = order(web);
  pay(web.store, customer.id, attemptId);
  web.progress.set(customer.id, progress("ready"));
  const { body } = await web.app.inject(PAGE);
  assert.match(body, /<h1>Alex is ready<\/h1>/);
  assert.match(body, /<a class="button" href="https:\/\/t\.me\/Alex1Bot">Open in Telegram<\/a>/);
  assert.doesNotMatch(body, /http-equiv="refresh"/);
});

test("a payment page that expired unpaid says that nothing was charged, and offers a new one", async () => {
  await using web = await openTemporaryWeb();
  const { customer, attemptId } = order(web);
  finishAttempt(web.store, attemptId, "released");
  const { body } = await web.app.inject(PAGE);
  assert.match(body, /Nothing was charged/);
  assert.ok(body.includes(`href="/pay/${customer.payToken}"`));
  assert.doesNotMatch(body, /http-equiv="refresh"/);
});

test("a subscription that has ended says so", async () => {
  await using web = await openTemporaryWeb();
  const { customer, attemptId } = order(web);
  pay(web.store, customer.id, attemptId);
  web.store.sql("UPDATE customers SET entitlement = 'ended' WHERE id = ?").run(customer.id);
  const { body } = await web.app.inject(PAGE);
  assert.match(body, /<h1>This subscription has ended<\/h1>/);
  assert.doesNotMatch(body, /Open in Telegram|http-equiv="refresh"/);
});

test("by the pay link's token a paid order is shown, and an unpaid one sent to pay", async () => {
  await using web = await openTemporaryWeb();
  const { customer, attemptId } = order(web);
  const unpaid = await web.app.inject(`/paid?token=${customer.payToken}`);
  assert.deepEqual([unpaid.statusCode, unpaid.headers.location], [303, `/pay/${customer.payToken}`]);
  pay(web.store, customer.id, attemptId);
  web.progress.set(customer.id, progress("accepted"));
  const paid = await web.app.inject(`/paid?token=${customer.payToken}`);
  assert.equal(paid.statusCode, 200);
  assert.match(paid.body, /<h1>Setting up Alex<\/h1>/);
});

for (const query of [
  "",
  "?session_id=",
  "?session_id=cs_unknown",
  "?token=unknown",
  "?token=a&token=b",
  "?session_id[]=cs_test_1",
  "?session_id=cs_test_1&session_id=cs_test_1",
  "?session_id=%7BCHECKOUT_SESSION_ID%7D",
]) {
  test(`an order that nobody knows (${query || "no query"}) is a friendly page with the way back`, async () => {
    await using web = await openTemporaryWeb();
    order(web);
    const reply = await web.app.inject(`/paid${query}`);
    assert.equal(reply.statusCode, 404);
    assert.match(reply.body, /<h1>Unknown order<\/h1>/);
    assert.match(reply.body, /href="https:\/\/t\.me\/BlytzTestBot"/);
    assert.deepEqual(web.enqueued, []);
  });
}

test("a name is text, whatever it holds", async () => {
  await using web = await openTemporaryWeb();
  const name = `<img src=x onerror=alert(1)> "&' <%= 7*7 %>`;
  const { customer, attemptId } = order(web, name);
  pay(web.store, customer.id, attemptId);
  web.progress.set(customer.id, progress("channel_failing", { assistantName: name, botUsername: '"><script>x' }));
  const { body } = await web.app.inject(PAGE);
  const escaped = "&lt;img src=x onerror=alert(1)&gt; &quot;&amp;&#39; &lt;%= 7*7 %&gt;";
  assert.ok(body.includes(`<title>Setting up ${escaped}</title>`), body);
  assert.ok(body.includes(`<h1>Setting up ${escaped}</h1>`));
  assert.ok(body.includes(`Waking ${escaped} up`));
  assert.doesNotMatch(body, /<img|<script|49/);
});
