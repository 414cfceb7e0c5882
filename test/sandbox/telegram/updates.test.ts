/** How updates reach a bot: confirmation, long polls, conflicts, webhooks, redelivery, revoked tokens. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { openTelegram } from "./open-telegram.ts";

const chat = { user: "customer", bot: "alex_bot" };
const TERMINATED = "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running";

test("an update comes again until an offset confirms it, and ids go up by one", async () => {
  await using open = await openTelegram();
  open.telegram.sendFromUser({ ...chat, text: "two" });
  const ids = async (parameters: Record<string, unknown>) =>
    (await open.call("getUpdates", parameters)).result.map((each: { update_id: number }) => each.update_id);
  const [first, second] = await ids({});
  assert.equal(second, first + 1);
  assert.deepEqual(await ids({ limit: 1 }), [first]);
  assert.deepEqual(await ids({ offset: second }), [second]);
  open.telegram.sendFromUser({ ...chat, text: "three" });
  assert.deepEqual(await ids({ offset: -1 }), [second + 1]);
  assert.deepEqual(await ids({ offset: 1 }), [second + 1]);
});

test("an open poll is answered as soon as somebody writes", async () => {
  await using open = await openTelegram();
  const { answer: poll } = await open.poll();
  const startedMs = performance.now();
  open.telegram.sendFromUser({ ...chat, text: "hello" });
  assert.equal((await poll).result[0].message.text, "hello");
  assert.ok(performance.now() - startedMs < 1000);
});

test("a second poller is served and the first one gets 409", async () => {
  await using open = await openTelegram();
  const { answer: first } = await open.poll();
  const { answer: second } = await open.poll();
  const refused = await first;
  assert.deepEqual([refused.status, refused.error_code, refused.description], [409, 409, TERMINATED]);
  open.telegram.sendFromUser({ ...chat, text: "hello" });
  assert.equal((await second).result.length, 1);
});

test("a second conflict within three seconds is told three seconds later, to a poll whose time is up by then too", async () => {
  await using open = await openTelegram();
  const { answer: first } = await open.poll();
  const startedMs = performance.now();
  const second = open.call("getUpdates", { offset: 100_003, timeout: 1 });
  assert.equal((await first).status, 409);
  const { answer: third } = await open.poll();
  assert.deepEqual([(await second).description, performance.now() - startedMs > 2900], [TERMINATED, true]);
  open.telegram.sendFromUser({ ...chat, text: "hello" });
  assert.equal((await third).result.length, 1);
});

test("two pollers of different bots don't disturb each other", async () => {
  await using open = await openTelegram();
  const other = open.telegram.createBot({ owner: "operator", username: "other_bot", name: "Other" });
  const { answer: first } = await open.poll();
  const second = open.call("getUpdates", { timeout: 30 }, other.token);
  await open.call("getMe");
  open.telegram.sendFromUser({ ...chat, text: "to alex" });
  open.telegram.sendFromUser({ user: "operator", bot: "other_bot", text: "to other" });
  assert.equal((await first).result[0].message.text, "to alex");
  assert.equal((await second).result[0].message.text, "to other");
});

test("polling from the same place within three seconds is slowed to three seconds", async () => {
  await using open = await openTelegram();
  await open.call("getUpdates", { offset: 100_002 });
  const startedMs = performance.now();
  assert.deepEqual((await open.call("getUpdates", { offset: 100_002 })).result, []);
  assert.ok(performance.now() - startedMs > 2900);
});

test("an active webhook forbids polling, ends an open poll, and must be https", async () => {
  await using open = await openTelegram();
  const { answer: poll } = await open.poll();
  assert.equal(
    (await open.call("setWebhook", { url: "http://example.com/" })).description,
    "Bad Request: bad webhook: An HTTPS URL must be provided for webhook",
  );
  assert.equal((await open.call("setWebhook", { url: "https://example.com/hook" })).result, true);
  assert.equal((await poll).description, "Conflict: terminated by setWebhook request");
  assert.equal(
    (await open.call("getUpdates")).description,
    "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first",
  );
  open.telegram.sendFromUser({ ...chat, text: "waits" });
  const info = await open.call("getWebhookInfo");
  assert.deepEqual([info.result.url, info.result.pending_update_count], ["https://example.com/hook", 1]);
  await open.call("deleteWebhook");
  assert.equal((await open.call("getUpdates")).result[0].message.text, "waits");
});

test("allowed_updates is remembered until it is changed", async () => {
  await using open = await openTelegram();
  await open.call("getUpdates", { offset: -1, allowed_updates: ["message"] });
  open.telegram.sendFromUser({ ...chat, kind: "edit", message_id: 1, text: "/begin" });
  open.telegram.sendFromUser({ ...chat, text: "two" });
  await open.call("getUpdates", { allowed_updates: [] });
  open.telegram.sendFromUser({ ...chat, kind: "edit", message_id: 1, text: "/again" });
  const { result } = await open.call("getUpdates");
  assert.deepEqual(
    result.map((each: object) => Object.keys(each)[1]),
    ["message", "message", "edited_message"],
  );
});

test("confirmed updates can be delivered once more, under their old ids", async () => {
  await using open = await openTelegram();
  open.telegram.sendFromUser({ ...chat, text: "two" });
  await open.call("getUpdates", { offset: 100_003 });
  const { answer: poll } = await open.poll();
  assert.equal(open.telegram.redeliver({ bot: "alex_bot", count: 1 }), 1);
  assert.deepEqual(
    (await poll).result.map((each: { update_id: number }) => each.update_id),
    [100_002],
  );
});

test("a revoked token is refused everywhere, in an open poll too, and the new one works", async () => {
  await using open = await openTelegram();
  const { answer: poll } = await open.poll();
  const token = open.telegram.revokeToken(open.bot.id);
  assert.deepEqual([(await poll).status, (await poll).description], [401, "Unauthorized"]);
  assert.equal((await open.call("getMe")).status, 401);
  assert.equal((await open.call("getMe", {}, token)).result.username, "alex_bot");
});
