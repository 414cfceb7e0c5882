/** Two Telegram clients that nobody here wrote hold a conversation with the stand-in: each finds what we would overlook. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Api, longPoll } from "node-telegram-bot-api";
import { Markup, Telegraf } from "telegraf";
import { openTelegram } from "./open-telegram.ts";

const chat = { user: "customer", bot: "alex_bot" };

test("telegraf polls, answers a message with a button, and answers its press", async () => {
  await using open = await openTelegram();
  const bot = new Telegraf(open.bot.token, { telegram: { apiRoot: open.telegram.url } });
  const replied = Promise.withResolvers<void>();
  const edited = Promise.withResolvers<void>();
  bot.start(async (context) => {
    await context.reply("Hello <b>there</b>", {
      parse_mode: "HTML",
      ...Markup.inlineKeyboard([Markup.button.callback("Go", "go")]),
    });
    replied.resolve();
  });
  bot.action("go", async (context) => {
    await context.answerCbQuery("Going");
    await context.editMessageText("Gone");
    edited.resolve();
  });
  const launched = bot.launch();
  try {
    await replied.promise;
    assert.equal(bot.botInfo?.username, "alex_bot");
    open.telegram.press({ ...chat, message_id: 2, button: "Go" });
    await edited.promise;
    const [, message] = open.telegram.readChat(chat).messages;
    assert.deepEqual([message?.text, message?.edited, message?.buttons], ["Gone", true, []]);
  } finally {
    bot.stop();
    await launched;
  }
});

test("node-telegram-bot-api, which sends forms, polls and replies with a button", async () => {
  await using open = await openTelegram();
  const api = new Api(open.bot.token, { apiRoot: open.telegram.url });
  assert.equal((await api.getMe()).id, open.bot.id);
  const stop = new AbortController();
  const polling = (async () => {
    const options = { timeout: 5, allowedUpdates: ["message" as const, "callback_query" as const] };
    for await (const update of longPoll(api, options, stop.signal)) {
      if ("callback_query" in update) {
        await api.answerCallbackQuery({ callback_query_id: update.callback_query.id, text: "Going" });
        await api.editMessageText({ chat_id: 1001, message_id: 2, text: "Gone" });
        return;
      }
      await api.sendMessage({
        chat_id: 1001,
        text: `${"message" in update ? update.message.text : "?"} &amp; <b>ünïcode</b>`,
        parse_mode: "HTML",
        reply_parameters: { message_id: 1 },
        reply_markup: { inline_keyboard: [[{ text: "Go", callback_data: "go" }]] },
      });
      const message = open.telegram.readChat(chat).messages.at(-1);
      assert.deepEqual([message?.text, message?.buttons], ["/start & ünïcode", [[{ text: "Go" }]]]);
      open.telegram.press({ ...chat, message_id: 2, button: "Go" });
    }
  })();
  try {
    await polling;
    assert.equal(open.telegram.readChat(chat).messages.at(-1)?.text, "Gone");
    await assert.rejects(api.sendMessage({ chat_id: 5, text: "x" }), /chat not found/);
  } finally {
    stop.abort();
  }
});
