/** What the stand-in takes and refuses as a message's text and keyboard. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { openTelegram } from "./open-telegram.ts";

const refusals: { name: string; parameters: Record<string, unknown>; words: string }[] = [
  { name: "no chat", parameters: { text: "x" }, words: "chat_id is empty" },
  { name: "a person who never wrote", parameters: { chat_id: 9001, text: "x" }, words: "chat not found" },
  { name: "no text", parameters: { chat_id: 1001 }, words: "message text is empty" },
  { name: "blanks only", parameters: { chat_id: 1001, text: " \n " }, words: "text must be non-empty" },
  { name: "4097 characters", parameters: { chat_id: 1001, text: "😀".repeat(4097) }, words: "message is too long" },
  { name: "too many bytes", parameters: { chat_id: 1001, text: "ü".repeat(16_385) }, words: "text is too long" },
  {
    name: "an unknown parse mode",
    parameters: { chat_id: 1001, text: "x", parse_mode: "bb" },
    words: "unsupported parse_mode",
  },
  {
    name: "a keyboard that is a list",
    parameters: { chat_id: 1001, text: "x", reply_markup: [] },
    words: "object expected as reply markup",
  },
  {
    name: "an answer to nothing",
    parameters: { chat_id: 1001, text: "x", reply_parameters: { message_id: 99 } },
    words: "message to be replied not found",
  },
];

for (const { name, parameters, words } of refusals) {
  test(`sendMessage refuses ${name}`, async () => {
    await using open = await openTelegram();
    const answer = await open.call("sendMessage", parameters);
    assert.deepEqual([answer.status, answer.error_code, answer.description], [400, 400, `Bad Request: ${words}`]);
    assert.equal(open.telegram.readChat({ user: "customer", bot: "alex_bot" }).messages.length, 1);
  });
}

const brokenHtml: [string, string][] = [
  ["ü<x>y</x>", 'Unsupported start tag "x" at byte offset 2'],
  ["<b>x", 'Can\'t find end tag corresponding to start tag "b"'],
  ["<b>ü</i>", 'Unmatched end tag at byte offset 5, expected "</b>", found "</i>"'],
  ["x</b>", "Unexpected end tag at byte offset 1"],
  ["a <b", "Unclosed start tag at byte offset 2"],
  ['<a href="x', "Unclosed start tag at byte offset 0"],
  ["1 < 2", 'Unsupported start tag "" at byte offset 2'],
  ["<span>x</span>", 'Tag "span" must have class "tg-spoiler" at byte offset 0'],
];

for (const [html, words] of brokenHtml) {
  test(`HTML is refused where it is broken: ${html}`, async () => {
    await using open = await openTelegram();
    const answer = await open.call("sendMessage", { chat_id: 1001, text: html, parse_mode: "html" });
    assert.equal(answer.description, `Bad Request: can't parse entities: ${words}`);
  });
}

test("HTML becomes text and entities, trimmed and in UTF-16 units", async () => {
  await using open = await openTelegram();
  const { result } = await open.call("sendMessage", {
    chat_id: 1001,
    parse_mode: "HTML",
    text: '  😀 <b>bo<i>ld</i></b> &lt;&amp;&#62; <a href="https://example.com/?a=1&amp;b=2">link</a> <pre><code class="language-js">x</code></pre> ',
  });
  assert.equal(result.text, "😀 bold <&> link x");
  assert.deepEqual(result.entities, [
    { type: "bold", offset: 3, length: 4 },
    { type: "italic", offset: 5, length: 2 },
    { type: "text_link", offset: 12, length: 4, url: "https://example.com/?a=1&b=2" },
    { type: "pre", offset: 17, length: 1, language: "js" },
  ]);
});

test("plain text gets its commands, links and mentions found, but not inside code", async () => {
  await using open = await openTelegram();
  const { result } = await open.call("sendMessage", {
    chat_id: 1001,
    text: "/status of @alex_bot: see https://example.com/a. or a@example.org; `/not`",
    entities: [{ type: "code", offset: 67, length: 6 }],
  });
  assert.deepEqual(
    result.entities.map((each: { type: string; offset: number; length: number }) => [
      each.type,
      result.text.slice(each.offset, each.offset + each.length),
    ]),
    [
      ["bot_command", "/status"],
      ["mention", "@alex_bot"],
      ["url", "https://example.com/a"],
      ["email", "a@example.org"],
      ["code", "`/not`"],
    ],
  );
});

test("MarkdownV2 is read, and refused where it is not escaped or not closed", async () => {
  await using open = await openTelegram();
  const send = (text: string) => open.call("sendMessage", { chat_id: 1001, text, parse_mode: "MarkdownV2" });
  const { result } = await send("*b* _i_ __u__ `c.` [l](https://example.com) \\.");
  assert.equal(result.text, "b i u c. l .");
  assert.deepEqual(
    result.entities.map((each: { type: string }) => each.type),
    ["bold", "italic", "underline", "code", "text_link"],
  );
  assert.equal(
    (await send("Hi.")).description,
    "Bad Request: can't parse entities: Character '.' is reserved and must be escaped with the preceding '\\'",
  );
  assert.equal(
    (await send("ü*b")).description,
    "Bad Request: can't parse entities: Can't find end of Bold entity at byte offset 2",
  );
});

const brokenButtons: [string, unknown, string][] = [
  [
    "without an action",
    { text: "x" },
    "can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard",
  ],
  ["without a text", { text: "", callback_data: "x" }, "inline keyboard button text must be non-empty"],
  ["with 65 bytes of data", { text: "x", callback_data: `${"ü".repeat(32)}x` }, "BUTTON_DATA_INVALID"],
  ["with a link to a bare host", { text: "x", url: "http://localhost:8080/pay" }, "BUTTON_URL_INVALID"],
  ["with no link at all", { text: "x", url: "javascript:alert(1)" }, "BUTTON_URL_INVALID"],
];

for (const [name, button, words] of brokenButtons) {
  test(`an inline button ${name} is refused`, async () => {
    await using open = await openTelegram();
    const answer = await open.call("sendMessage", {
      chat_id: 1001,
      text: "x",
      reply_markup: { inline_keyboard: [[button]] },
    });
    assert.equal(answer.description, `Bad Request: ${words}`);
  });
}

test("buttons with 64 bytes of data and with links to an address are taken and seen", async () => {
  await using open = await openTelegram();
  await open.call("sendMessage", {
    chat_id: 1001,
    text: "x",
    reply_markup: JSON.stringify({
      inline_keyboard: [
        [{ text: "Go", callback_data: "ü".repeat(32) }],
        [
          { text: "Pay", url: "http://127.0.0.1:8080/pay/x" },
          { text: "Open", url: "tg://resolve?domain=alex_bot" },
        ],
      ],
    }),
  });
  const seen = open.telegram.readChat({ user: "customer", bot: "alex_bot" }).messages.at(-1);
  assert.deepEqual(seen?.buttons, [
    [{ text: "Go" }],
    [
      { text: "Pay", url: "http://127.0.0.1:8080/pay/x" },
      { text: "Open", url: "tg://resolve?domain=alex_bot" },
    ],
  ]);
});
