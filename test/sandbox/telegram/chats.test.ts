/** What happens to messages after they were sent: edits, deletions, presses, reactions, blocking. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { openTelegram } from "./open-telegram.ts";

const chat = { user: "customer", bot: "alex_bot" };
const keyboard = { inline_keyboard: [[{ text: "Go", callback_data: "go" }]] };
const TOO_OLD = "Bad Request: query is too old and response timeout expired or query ID is invalid";

test("an edit changes the text, takes the keyboard away unless it is given again, and is seen as edited", async () => {
  await using open = await openTelegram();
  await open.call("sendMessage", { chat_id: 1001, text: "one", reply_markup: keyboard });
  open.advanceSeconds(5);
  const edited = await open.call("editMessageText", { chat_id: 1001, message_id: 2, text: "two" });
  assert.equal(edited.result.edit_date, edited.result.date + 5);
  const [, seen] = open.telegram.readChat(chat).messages;
  assert.deepEqual([seen?.text, seen?.edited, seen?.buttons], ["two", true, []]);
});

test("an edit that changes neither text nor keyboard is refused, one that changes either is taken", async () => {
  await using open = await openTelegram();
  await open.call("sendMessage", { chat_id: 1001, text: "one", reply_markup: keyboard });
  const edit = (parameters: object) => open.call("editMessageText", { chat_id: 1001, message_id: 2, ...parameters });
  assert.equal(
    (await edit({ text: " one ", reply_markup: keyboard })).description,
    "Bad Request: message is not modified: specified new message content and reply markup are exactly the same as a current content and reply markup of the message",
  );
  assert.equal((await edit({ text: "one" })).ok, true);
  assert.equal((await edit({ text: "<b>one</b>", parse_mode: "HTML" })).ok, true);
});

test("what can't be edited is refused: nothing there, the person's own, one with a reply keyboard", async () => {
  await using open = await openTelegram();
  await open.call("sendMessage", { chat_id: 1001, text: "x", reply_markup: { keyboard: [["Yes"]] } });
  const edit = async (message_id: number | undefined) =>
    (await open.call("editMessageText", { chat_id: 1001, message_id, text: "y" })).description;
  assert.equal(await edit(77), "Bad Request: message to edit not found");
  assert.equal(await edit(1), "Bad Request: message can't be edited");
  assert.equal(await edit(2), "Bad Request: message can't be edited");
  assert.equal(await edit(undefined), "Bad Request: message identifier is not specified");
});

test("a keyboard alone can be changed", async () => {
  await using open = await openTelegram();
  await open.call("sendMessage", { chat_id: 1001, text: "x", reply_markup: keyboard });
  const answer = await open.call("editMessageReplyMarkup", { chat_id: 1001, message_id: 2 });
  assert.equal(answer.result.reply_markup, undefined);
  const again = await open.call("editMessageReplyMarkup", { chat_id: 1001, message_id: 2 });
  assert.match(again.description ?? "", /message is not modified/);
});

test("a bot deletes its own and the person's messages within 48 hours, and no others", async () => {
  await using open = await openTelegram();
  await open.call("sendMessage", { chat_id: 1001, text: "mine" });
  const remove = (message_id?: number) => open.call("deleteMessage", { chat_id: 1001, message_id });
  assert.equal((await remove(1)).result, true);
  assert.deepEqual(
    open.telegram.readChat(chat).messages.map((each) => each.text),
    ["mine"],
  );
  assert.equal((await remove(1)).description, "Bad Request: message to delete not found");
  assert.equal((await remove()).description, "Bad Request: message identifier is not specified");
  open.advanceSeconds(48 * 3600 + 1);
  assert.equal((await remove(2)).description, "Bad Request: message can't be deleted");
  await open.call("sendMessage", { chat_id: 1001, text: "new" });
  assert.equal((await open.call("deleteMessages", { chat_id: 1001, message_ids: [2, 3, 99] })).result, true);
  assert.deepEqual(
    open.telegram.readChat(chat).messages.map((each) => each.text),
    ["mine"],
  );
});

test("a press reaches the bot as a callback query, which can be answered once and within 150 seconds", async () => {
  await using open = await openTelegram();
  await open.call("sendMessage", { chat_id: 1001, text: "x", reply_markup: keyboard });
  const press = async () => {
    assert.deepEqual(open.telegram.press({ ...chat, message_id: 2, button: "Go" }), {});
    const { result } = await open.call("getUpdates", { offset: -1 });
    return result[0].callback_query;
  };
  const query = await press();
  assert.deepEqual([query.data, query.from.id, query.message.message_id], ["go", 1001, 2]);
  const answer = (id: string) => open.call("answerCallbackQuery", { callback_query_id: id });
  assert.equal((await answer(query.id)).result, true);
  assert.equal((await answer(query.id)).description, TOO_OLD);
  assert.equal((await answer("12345")).description, TOO_OLD);
  const late = await press();
  open.advanceSeconds(151);
  assert.equal((await answer(late.id)).description, TOO_OLD);
});

test("pressing a link gives its address, a reply keyboard's button writes its text, an unknown one names those there", async () => {
  await using open = await openTelegram();
  const url = "https://example.com/";
  await open.call("sendMessage", {
    chat_id: 1001,
    text: "x",
    reply_markup: { inline_keyboard: [[{ text: "Pay", url }]] },
  });
  await open.call("sendMessage", { chat_id: 1001, text: "y", reply_markup: { keyboard: [["Yes"], [{ text: "No" }]] } });
  assert.deepEqual(open.telegram.press({ ...chat, message_id: 2, button: "Pay" }), { url });
  open.telegram.press({ ...chat, message_id: 3, button: "No" });
  assert.deepEqual(
    open.telegram.readChat(chat).messages.map((each) => [each.from, each.text]),
    [
      ["user", "/start"],
      ["bot", "x"],
      ["bot", "y"],
      ["user", "No"],
    ],
  );
  assert.throws(() => open.telegram.press({ ...chat, message_id: 3, button: "Maybe" }), {
    code: "not_found",
    message: 'There is no button "Maybe" on that message; it has "Yes", "No".',
  });
});

test("a person who blocked the bot is told of to the bot, and can't be written to until unblocking", async () => {
  await using open = await openTelegram();
  const send = () => open.call("sendMessage", { chat_id: 1001, text: "x" });
  const lastStatus = async () => {
    const { result } = await open.call("getUpdates", { offset: -1 });
    const { old_chat_member, new_chat_member } = result[0].my_chat_member;
    return [old_chat_member.status, new_chat_member.status];
  };
  open.telegram.block(chat);
  assert.deepEqual(await lastStatus(), ["member", "kicked"]);
  const refused = await send();
  assert.deepEqual([refused.status, refused.description], [403, "Forbidden: bot was blocked by the user"]);
  assert.throws(() => open.telegram.sendFromUser({ ...chat, text: "hi" }), { code: "invalid" });
  open.telegram.unblock(chat);
  assert.deepEqual(await lastStatus(), ["kicked", "member"]);
  assert.equal((await send()).ok, true);
});

test("typing is seen for five seconds, or until the message comes", async () => {
  await using open = await openTelegram();
  const typing = () => open.telegram.readChat(chat).typing;
  await open.call("sendChatAction", { chat_id: 1001, action: "typing" });
  assert.equal(typing(), true);
  open.advanceSeconds(5);
  assert.equal(typing(), false);
  await open.call("sendChatAction", { chat_id: 1001, action: "typing" });
  await open.call("sendMessage", { chat_id: 1001, text: "x" });
  assert.equal(typing(), false);
  const wrong = await open.call("sendChatAction", { chat_id: 1001, action: "dancing" });
  assert.equal(wrong.description, "Bad Request: wrong parameter action in request");
});

test("a reaction is one of Telegram's own and shows on the message", async () => {
  await using open = await openTelegram();
  const react = (...emoji: string[]) =>
    open.call("setMessageReaction", {
      chat_id: 1001,
      message_id: 1,
      reaction: emoji.map((each) => ({ type: "emoji", emoji: each })),
    });
  assert.equal((await react("👀")).result, true);
  assert.deepEqual(open.telegram.readChat(chat).messages[0]?.reactions, ["👀"]);
  assert.equal((await react("🧦")).description, "Bad Request: REACTION_INVALID");
  assert.equal((await react("👀", "👍")).description, "Bad Request: REACTIONS_TOO_MANY");
  await react();
  assert.equal(open.telegram.readChat(chat).messages[0]?.reactions, undefined);
});
