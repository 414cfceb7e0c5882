/** Bot tokens in whatever people paste. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { inspect } from "node:util";
import {
  containsBotToken,
  extractBotTokens,
  isBotTokenForm,
  readBotId,
  redactBotTokens,
} from "#src/domain/bot-token.ts";
import { Secret } from "#src/domain/secret.ts";

const TOKEN = "7123456789:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw-";
const OTHER = "8123456789:AAEdqTcvCH1vGWJxfSeofSAs0K5PALDsa_w";

const pastes: [string, string][] = [
  ["alone", TOKEN],
  ["with blanks around it", `  ${TOKEN}\n`],
  [
    "in the whole BotFather message",
    `Done! Congratulations on your new bot. You will find it at t.me/alex_bot. You can now add a description.\n\nUse this token to access the HTTP API:\n${TOKEN}\nKeep your token secure and store it safely, it can be used by anyone to control your bot.\n\nFor a description of the Bot API, see this page: https://core.telegram.org/bots/api`,
  ],
  ["in backticks", `\`${TOKEN}\``],
  ["in quotation marks", `token="${TOKEN}"`],
  ["with bot in front", `bot${TOKEN}`],
  ["in an address of the API", `https://api.telegram.org/bot${TOKEN}/getMe`],
  ["with a space after the colon", TOKEN.replace(":", ": ")],
  ["at the end of a sentence", `My token is ${TOKEN}, thanks.`],
  ["after a word and a colon", `Token:${TOKEN}`],
  ["with zero-width characters in it", TOKEN.replace("AAH", "AA\u200BH")],
];

for (const [name, text] of pastes) {
  test(`a token is found ${name}, and hidden`, () => {
    assert.deepEqual(
      extractBotTokens(text).map((each) => each.reveal()),
      [TOKEN],
    );
    assert.equal(containsBotToken(text), true);
    const redacted = redactBotTokens(text);
    assert.ok(redacted.includes("<token>"), redacted);
    assert.equal(redacted.includes("vCH1vGWJxfSeofSAs0K5PALDsaw"), false, redacted);
  });
}

for (const text of [
  "",
  "hello",
  "12:30 at the station",
  "7123456789",
  "7123456789:short",
  `0${TOKEN}`,
  "order 123456:2026-11-23",
  `x${TOKEN}`,
  "AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw-",
]) {
  test(`no token is found in "${text.slice(0, 24)}", which stays as it is`, () => {
    assert.deepEqual(extractBotTokens(text), []);
    assert.equal(redactBotTokens(text), text);
  });
}

test("two tokens in one paste are two, the same one twice is one", () => {
  const found = extractBotTokens(`${TOKEN} or ${OTHER} or bot${TOKEN}`).map((each) => each.reveal());
  assert.deepEqual(found, [TOKEN, OTHER]);
  assert.equal(redactBotTokens(`${TOKEN} or ${OTHER}!`), "<token> or <token>!");
});

test("what is found prints as redacted", () => {
  assert.equal(inspect(extractBotTokens(TOKEN)), "[ [redacted] ]");
});

test("the bot's id is the number before the colon", () => {
  assert.equal(readBotId(new Secret(TOKEN)), 7_123_456_789);
  assert.equal(readBotId(new Secret("nonsense")), null);
});

test("a form is judged loosely: Telegram decides", () => {
  assert.equal(isBotTokenForm("123456789:ABCdefGHIjklMNOpqrsTUVwxyz"), true);
  assert.equal(isBotTokenForm(TOKEN), true);
  assert.equal(isBotTokenForm("123456789"), false);
  assert.equal(isBotTokenForm(`${TOKEN} `), false);
});
