/** What people and BotFather can do, what is seen of it, and what a snapshot keeps. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { startTelegram } from "#src/sandbox/telegram/start-telegram.ts";
import { openTelegram } from "./open-telegram.ts";

const chat = { user: "customer", bot: "alex_bot" };

test("BotFather gives a token of the usual form and refuses names in his own words", async () => {
  await using open = await openTelegram();
  assert.match(open.bot.token, /^\d{10}:[A-Za-z0-9_-]{35}$/);
  const create = (username: string) => () => open.telegram.createBot({ owner: "customer", username, name: "X" });
  const taken = "Sorry, this username is already taken. Please try something different.";
  assert.throws(create("Alex_BOT"), { code: "invalid", message: taken });
  assert.throws(create("alexander"), { code: "invalid", message: /must end in 'bot'/ });
  assert.throws(create("bot"), { code: "invalid", message: "Sorry, this username is invalid." });
  assert.throws(create("älex_bot"), { code: "invalid", message: "Sorry, this username is invalid." });
});

test("a bot can be given the token that it has already", async () => {
  await using open = await openTelegram();
  const token = `1234567:${"A".repeat(35)}`;
  const bot = open.telegram.createBot({
    owner: "operator",
    username: "blytz_bot",
    name: "Blytz",
    platform: true,
    token,
  });
  assert.deepEqual(bot, { id: 1_234_567, username: "blytz_bot", token });
  assert.equal((await open.call("getMe", {}, token)).result.id, 1_234_567);
});

test("customer and operator exist from the start, others from the moment that they write", async () => {
  await using open = await openTelegram();
  for (const user of ["ada", 4242, "ada", "777"]) open.telegram.sendFromUser({ user, bot: "alex_bot", text: "hi" });
  const { users, chats, bots } = open.telegram.readState();
  assert.deepEqual(users, [
    { id: 1001, name: "customer" },
    { id: 9001, name: "operator" },
    { id: 2001, name: "ada" },
    { id: 4242, name: "user4242" },
    { id: 777, name: "user777" },
  ]);
  assert.deepEqual(
    chats.map((each) => [each.user, each.bot, each.messages, each.last]),
    [
      ["customer", "alex_bot", 1, "/start"],
      ["ada", "alex_bot", 2, "hi"],
      ["user4242", "alex_bot", 1, "hi"],
      ["user777", "alex_bot", 1, "hi"],
    ],
  );
  assert.deepEqual(bots, [{ id: open.bot.id, username: "alex_bot", name: "Alex", owner: "customer", platform: false }]);
  assert.equal(JSON.stringify(open.telegram.readState()).includes(open.bot.token), false);
});

test("stickers, photos and voice messages have no text, and a caption where one is given", async () => {
  await using open = await openTelegram();
  open.telegram.sendFromUser({ ...chat, kind: "sticker" });
  open.telegram.sendFromUser({ ...chat, kind: "photo", caption: "look" });
  open.telegram.sendFromUser({ ...chat, kind: "voice" });
  const { result } = await open.call("getUpdates", { offset: 100_002 });
  const messages = result.map((each: { message: Record<string, unknown> }) => each.message);
  assert.deepEqual(
    messages.map((each: Record<string, unknown>) => [each.text, each.caption, Object.keys(each).at(4)]),
    [
      [undefined, undefined, "sticker"],
      [undefined, "look", "photo"],
      [undefined, undefined, "voice"],
    ],
  );
  assert.deepEqual(
    open.telegram.readChat(chat).messages.map((each) => each.kind),
    ["text", "sticker", "photo", "voice"],
  );
});

test("a person's edit reaches the bot as edited_message and shows in the chat", async () => {
  await using open = await openTelegram();
  const edit = (message_id: number, text: string) =>
    open.telegram.sendFromUser({ ...chat, kind: "edit", message_id, text });
  assert.equal(edit(1, "/stop"), 1);
  const { result } = await open.call("getUpdates", { offset: -1 });
  assert.deepEqual([result[0].edited_message.message_id, result[0].edited_message.text], [1, "/stop"]);
  assert.deepEqual(
    open.telegram.readChat(chat).messages.map((each) => [each.text, each.edited]),
    [["/stop", true]],
  );
  await open.call("sendMessage", { chat_id: 1001, text: "mine" });
  assert.throws(() => edit(2, "x"), { code: "invalid" });
  assert.throws(() => edit(9, "x"), { code: "not_found" });
  assert.throws(() => edit(1, "/stop"), { code: "invalid", message: "The text is the same as before." });
});

test("a text over 4096 characters arrives in several messages, cut between words, and nothing is lost", async () => {
  await using open = await openTelegram();
  const words = Array.from({ length: 1200 }, (_, i) => `wörd${i}`).join(" ");
  const lastId = open.telegram.sendFromUser({ ...chat, text: words });
  const pieces = open.telegram.readChat(chat).messages.slice(1);
  assert.equal(pieces.at(-1)?.message_id, lastId);
  assert.ok(pieces.every((each) => [...each.text].length <= 4096));
  assert.equal(pieces.map((each) => each.text).join(" "), words);
  open.telegram.sendFromUser({ ...chat, text: "😀".repeat(5000) });
  const emoji = open.telegram.readChat(chat).messages.slice(1 + pieces.length);
  assert.deepEqual(
    emoji.map((each) => [...each.text].length),
    [4096, 904],
  );
});

test("a wrong control call says in plain words what was wrong", async () => {
  await using open = await openTelegram();
  const refused = (input: unknown, code: string, message: RegExp) =>
    assert.throws(() => open.telegram.sendFromUser(input), { code, message });
  refused({ user: "customer", bot: "nobody_bot", text: "x" }, "not_found", /There is no bot @nobody_bot here/);
  refused({ user: "customer", bot: "alex_bot", text: "  " }, "invalid", /needs some text/);
  refused({ user: "customer", bot: "alex_bot" }, "invalid", /text/);
  refused({ user: {}, bot: "alex_bot", text: "x" }, "invalid", /a user is a name or an id/);
  refused({ user: "customer", bot: "alex_bot", kind: "smell" }, "invalid", /kind/);
  refused({ user: "customer", bot: "alex_bot", text: "x", colour: "red" }, "invalid", /colour/);
  refused("nonsense", "invalid", /object/);
  assert.throws(() => open.telegram.readChat({ user: "nobody", bot: "alex_bot" }), { code: "not_found" });
  assert.throws(() => open.telegram.block({ user: "operator", bot: "alex_bot" }), { code: "not_found" });
});

test("a snapshot is JSON and brings everything back: chats, tokens, unconfirmed updates, open callbacks", async () => {
  await using open = await openTelegram();
  const keyboard = { inline_keyboard: [[{ text: "Go", callback_data: "go" }]] };
  await open.call("sendMessage", { chat_id: 1001, text: "x", reply_markup: keyboard });
  open.telegram.press({ ...chat, message_id: 2, button: "Go" });
  const saved = JSON.parse(JSON.stringify(open.telegram.snapshot()));
  await using again = await startTelegram({
    port: 0,
    clock: { now: () => new Date(Date.UTC(2026, 10, 23, 12)) },
    saved,
  });
  assert.deepEqual(again.snapshot(), saved);
  assert.deepEqual(again.readChat(chat), open.telegram.readChat(chat));
  const root = `${again.url}/bot${open.bot.token}`;
  const { result } = (await (await fetch(`${root}/getUpdates`)).json()) as {
    result: { callback_query?: { id: string } }[];
  };
  assert.equal(result.length, 2);
  const answered = await fetch(`${root}/answerCallbackQuery?callback_query_id=${result[1]?.callback_query?.id}`);
  assert.equal(answered.status, 200);
  again.sendFromUser({ ...chat, text: "next" });
  assert.equal(again.readChat(chat).messages.at(-1)?.message_id, 3);
  await assert.rejects(startTelegram({ port: 0, clock: { now: () => new Date() }, saved: { version: 9 } }), {
    code: "invalid",
  });
});
