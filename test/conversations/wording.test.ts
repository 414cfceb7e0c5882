/** The bot's words: whatever people wrote stands in them as text, and Telegram takes every message and button. */
import assert from "node:assert/strict";
import { test } from "node:test";
import * as wording from "#conversations/wording.ts";
import type { Draft } from "#src/domain/draft.ts";
import type { ChatMessage } from "#src/domain/ports/messenger.ts";
import { parseHtml } from "#src/sandbox/telegram/html.ts";

// biome-ignore lint/suspicious/noTemplateCurlyInString: that is what a person may write.
const HOSTILE = '</b><a href="http://x">&amp; <%= `${1}` %> \u202E🦊';
const draft: Draft = {
  userId: 1,
  chatId: 1,
  step: "review",
  name: HOSTILE,
  instructions: [{ messageId: 1, text: HOSTILE.repeat(100) }],
  bot: { id: 1, username: "alex_bot" },
};
const order = { assistantName: HOSTILE, botUsername: "alex_bot" };

const messages: Record<string, ChatMessage> = {
  welcome: wording.welcome(),
  welcomeBack: wording.welcomeBack(),
  askName: wording.askName(),
  askInstructions: wording.askInstructions(HOSTILE),
  examples: wording.examples(),
  instructionsSaved: wording.instructionsSaved(312),
  instructionsTooLong: wording.instructionsTooLong(5001),
  changeInstructions: wording.changeInstructions(4999),
  askToken: wording.askToken(HOSTILE),
  tokenMissing: wording.tokenMissing(),
  tokenTaken: wording.tokenTaken(false),
  tokenFound: wording.tokenFound("alex_bot"),
  webhook: wording.tokenProblem.webhook(HOSTILE),
  refused: wording.tokenProblem.refused(),
  review: wording.review(draft),
  offer: wording.offer(order, { payUrl: "https://example.com/pay/x", heldMinutes: 45 }),
  full: wording.full(),
  alive: wording.alive(order),
  suspended: wording.suspended(order),
  cancelAfterPayment: wording.cancelAfterPayment(HOSTILE),
  help: wording.help(HOSTILE),
  ourFault: wording.ourFault(),
};

for (const [name, message] of Object.entries(messages)) {
  test(`${name}: Telegram takes the words and the buttons`, () => {
    const { text } = parseHtml(message.html);
    assert.ok([...text].length <= 4096);
    for (const button of message.buttons?.flat() ?? []) {
      if ("callbackData" in button) assert.ok(Buffer.byteLength(button.callbackData) <= 64);
    }
  });
}

test("what a person wrote is shown as they wrote it, and makes no link and no formatting", () => {
  for (const message of [wording.askInstructions(HOSTILE), wording.suspended(order)]) {
    const { text, entities } = parseHtml(message.html);
    assert.ok(text.includes(HOSTILE));
    assert.ok(entities.every((entity) => entity.type !== "text_link"));
  }
});

test("the review shows the start of long instructions, and all of short ones", () => {
  assert.match(parseHtml(wording.review(draft).html).text, /…$/);
  const short = { ...draft, instructions: [{ messageId: 1, text: "Draft proposals" }] };
  assert.match(parseHtml(wording.review(short).html).text, /Draft proposals$/);
});

test("a place that is held for no time any more is not promised", () => {
  const offer = (heldMinutes: number) => wording.offer(order, { payUrl: "https://example.com", heldMinutes }).html;
  assert.match(offer(1), /one more minute/);
  assert.doesNotMatch(offer(0), /hold/);
});

test("what Telegram shows of the bot fits where it is shown", () => {
  assert.ok([...wording.DESCRIPTION].length <= 512);
  assert.ok([...wording.SHORT_DESCRIPTION].length <= 120);
});
