/** The platform's messages on the stand-in's wire: what is sent, what is edited, and what becomes of refusals. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { inspect } from "node:util";
import { createMessenger } from "#src/adapters/telegram/messenger.ts";
import { escapeHtml } from "#src/domain/ports/messenger.ts";
import { Secret } from "#src/domain/secret.ts";
import { openTelegram } from "#test/sandbox/telegram/open-telegram.ts";

const chat = { user: "customer", bot: "alex_bot" };

async function openMessenger() {
  const open = await openTelegram();
  const messenger = createMessenger({ token: new Secret(open.bot.token), apiRoot: open.telegram.url });
  const sends = () => open.telegram.calls().filter((each) => each.method === "sendMessage").length;
  return { ...open, messenger, sends };
}

test("a message is sent with its formatting and its buttons, and gives its id", async () => {
  await using open = await openMessenger();
  const id = await open.messenger.send(1001, {
    html: `<b>Ready</b> ${escapeHtml('<you> & "me"')}`,
    buttons: [[{ text: "Open", url: "https://t.me/alex_bot" }], [{ text: "Later", callbackData: "later" }]],
  });
  const message = open.telegram.readChat(chat).messages.find((each) => each.message_id === id);
  assert.equal(message?.text, 'Ready <you> & "me"');
  assert.deepEqual(message?.entities, [{ type: "bold", offset: 0, length: 5 }]);
  assert.deepEqual(message?.buttons, [[{ text: "Open", url: "https://t.me/alex_bot" }], [{ text: "Later" }]]);
});

test("an edit replaces text and buttons, and the same once more counts as edited", async () => {
  await using open = await openMessenger();
  const id = await open.messenger.send(1001, { html: "one", buttons: [[{ text: "Go", callbackData: "go" }]] });
  assert.equal(await open.messenger.edit(1001, id, { html: "two" }), "edited");
  assert.equal(await open.messenger.edit(1001, id, { html: "two" }), "edited");
  const message = open.telegram.readChat(chat).messages.at(-1);
  assert.deepEqual([message?.text, message?.buttons], ["two", []]);
});

test("an edit of a message that is not there, or is not ours, finds it gone", async () => {
  await using open = await openMessenger();
  assert.equal(await open.messenger.edit(1001, 77, { html: "x" }), "gone");
  assert.equal(await open.messenger.edit(1001, 1, { html: "x" }), "gone");
});

test("a person who blocked the bot is forbidden, a text that Telegram refuses invalid", async () => {
  await using open = await openMessenger();
  await assert.rejects(open.messenger.send(1001, { html: "<b>open" }), { code: "invalid" });
  await assert.rejects(open.messenger.send(5, { html: "x" }), { code: "invalid" });
  open.telegram.block(chat);
  await assert.rejects(open.messenger.send(1001, { html: "x" }), { code: "forbidden" });
});

test("a short flood limit is waited for, a long one is unavailable at once", async () => {
  await using open = await openMessenger();
  open.telegram.setFaults([{ method: "sendMessage", kind: "status", status: 429, retry_after: 1, count: 1 }]);
  await open.messenger.send(1001, { html: "x" });
  assert.equal(open.sends(), 2);
  open.telegram.setFaults([{ method: "sendMessage", kind: "status", status: 429, retry_after: 60, count: 1 }]);
  await assert.rejects(open.messenger.send(1001, { html: "x" }), { code: "unavailable" });
  assert.equal(open.sends(), 3);
});

test("a message whose answer was lost is not sent again", async () => {
  await using open = await openMessenger();
  open.telegram.setFaults([{ method: "sendMessage", kind: "reset_after", count: 1 }]);
  await assert.rejects(open.messenger.send(1001, { html: "x" }), { code: "unavailable" });
  open.telegram.setFaults([{ method: "sendMessage", kind: "status", status: 502, count: 1 }]);
  await assert.rejects(open.messenger.send(1001, { html: "x" }), { code: "unavailable" });
  assert.deepEqual([open.sends(), open.telegram.readChat(chat).messages.length], [2, 2]);
});

test("no failure shows the token or what was written, however deep one looks", async () => {
  await using open = await openMessenger();
  const failures: unknown[] = [];
  const fail = async (fault: object) => {
    open.telegram.setFaults([{ method: "*", count: 1, ...fault }]);
    await open.messenger.send(1001, { html: "private words" }).catch((error) => failures.push(error));
  };
  await fail({ kind: "reset_before" });
  await fail({ kind: "status", status: 400 });
  await fail({ kind: "status", status: 500 });
  const nobody = createMessenger({ token: new Secret(open.bot.token), apiRoot: "http://127.0.0.1:1" });
  await nobody.send(1001, { html: "private words" }).catch((error) => failures.push(error));
  assert.equal(failures.length, 4);
  const shown = inspect(failures, { depth: 20, showHidden: true }) + JSON.stringify(failures);
  assert.equal(shown.includes(open.bot.token.split(":")[1] as string), false, shown);
  assert.equal(shown.includes("private words"), false, shown);
});
