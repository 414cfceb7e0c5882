/** The four questions as a person lives them: the usual way, every bad answer, restarts, and pastes at the wrong place. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { readDesiredAssistant } from "#src/store/assistants.ts";
import { findLiveAttempt } from "#src/store/checkout-attempts.ts";
import { findCustomer } from "#src/store/customers.ts";
import { findDraft } from "#src/store/drafts.ts";
import { found, makeBot, openChat, tell } from "./chat.ts";

test("four answers lead to an order with a held seat and a pay button", async () => {
  await using chat = await openChat();
  const { id } = await tell(chat, "jarvis_one_bot");
  assert.match(chat.said().at(-1) ?? "", /Is this right\?[\s\S]*Jarvis[\s\S]*@jarvis_one_bot[\s\S]*Draft proposals/);
  await chat.press("Looks good");
  const customer = findCustomer(chat.store, "telegramUserId", 1001);
  assert.equal(customer?.id, "jarvis-one-bot");
  assert.equal(customer.botId, id);
  assert.equal(findLiveAttempt(chat.store, customer.id)?.state, "offered");
  const button = chat.messages().at(-1)?.buttons[0]?.[0];
  assert.deepEqual(button, { text: "Pay $29/month", url: `http://127.0.0.1:9/pay/${customer.payToken}` });
  assert.equal(findDraft(chat.store, 1001), null);
  const { spec } = readDesiredAssistant(chat.store, customer.id);
  assert.deepEqual([spec.assistantName, spec.instructions, spec.ownerTelegramId], ["Jarvis", "Draft proposals", 1001]);
});

test("a name that does not do is answered in plain words, and the question stays open", async () => {
  await using chat = await openChat();
  await chat.write("/start");
  for (const [name, words] of [
    ["   .  ", /at least one letter/],
    ["x".repeat(200), /200 characters; 40 is the most/],
  ] as const) {
    assert.match((await chat.write(name)).join("\n"), words);
    assert.equal(findDraft(chat.store, 1001)?.step, "name");
  }
  await chat.write("<b>Max</b> & 🦊");
  assert.equal(findDraft(chat.store, 1001)?.name, "<b>Max</b> & 🦊");
  assert.match(chat.said().at(-1) ?? "", /What should <b>Max<\/b> & 🦊 help you with/);
});

test("instructions come in several messages, hold anything, and are counted up to 5,000", async () => {
  await using chat = await openChat();
  await chat.write("/start");
  await chat.press("Nova");
  await chat.write("a".repeat(3000));
  assert.match((await chat.write("b".repeat(2001))).join("\n"), /2 characters more than the 5,000/);
  // biome-ignore lint/suspicious/noTemplateCurlyInString: it is what people paste.
  await chat.write("<% x %> {{y}} `z` ${HOME} \u0000 \u202Eabc");
  await chat.press("Done");
  const pieces = findDraft(chat.store, 1001)?.instructions.map((piece) => piece.text) ?? [];
  assert.equal(pieces.length, 2, "the refused piece is left out, the others are kept");
  // biome-ignore lint/suspicious/noTemplateCurlyInString: as above.
  assert.ok(pieces[1]?.startsWith("<% x %> {{y}} `z` ${HOME}"));
});

test("no instructions at all are asked for again", async () => {
  await using chat = await openChat();
  await chat.write("/start");
  await chat.press("Alex");
  await chat.write("something");
  await chat.write({ kind: "sticker" });
  assert.match(chat.said().join("\n"), /I can only read text here/);
  await chat.press("Done");
  assert.equal(findDraft(chat.store, 1001)?.step, "token");
});

test("an edited message replaces its piece, and a text file is read", async () => {
  await using chat = await openChat();
  await chat.write("/start");
  await chat.press("Alex");
  const first = chat.telegram.sendFromUser({ user: "customer", bot: "BlytzBot", text: "Prposals" });
  await chat.settled(chat.said().length);
  await chat.write({ kind: "edit", message_id: first, text: "Proposals" });
  await chat.write({ kind: "document", file_name: "more.txt", text: "And invoices" });
  const pieces = findDraft(chat.store, 1001)?.instructions.map((piece) => piece.text);
  assert.deepEqual(pieces, ["Proposals", "And invoices"]);
  assert.match((await chat.write({ kind: "document", file_name: "picture.pdf", text: "%PDF" })).join(), /\.txt files/);
});

test("a sticker, photo or voice gets one plain answer that asks the open question again", async () => {
  await using chat = await openChat();
  await chat.write("/start");
  for (const kind of ["sticker", "photo", "voice"]) {
    const answer = await chat.write({ kind });
    assert.equal(answer.length, 1, kind);
    assert.match(answer.join("\n"), /only read text here[\s\S]*What should your assistant be called/);
  }
});

test("a token is taken out of BotFather's whole message, and the message is gone from the chat", async () => {
  await using chat = await openChat({ finding: found("jarvis_two_bot") });
  const bot = await tell(chat, "jarvis_two_bot");
  assert.ok(!JSON.stringify(chat.messages()).includes(bot.token.split(":")[1] ?? ""));
  assert.deepEqual(findDraft(chat.store, 1001)?.bot, { id: bot.id, username: "jarvis_two_bot" });
});

test("a token pasted at another question is kept for later and never taken for the answer", async () => {
  await using chat = await openChat({ finding: found("early_bot") });
  await chat.write("/start");
  await chat.write(makeBot(chat, "early_bot").paste);
  assert.equal(findDraft(chat.store, 1001)?.name, null);
  assert.match(chat.said().at(-1) ?? "", /be called/);
  await chat.write("Jarvis");
  await chat.write("Draft");
  await chat.press("Done");
  assert.match(chat.said().at(-1) ?? "", /Is this right/, "the bot is known already");
});

test("no token lies in clear in the database, whatever step it was pasted at", async () => {
  await using chat = await openChat({ finding: found("secret_bot") });
  const { token } = await tell(chat, "secret_bot");
  await chat.write(`and again ${token}`);
  await chat.press("Looks good");
  await chat.stop();
  for (const suffix of ["", "-wal"]) {
    const bytes = readFileSync(`${chat.path}${suffix}`);
    assert.ok(!bytes.includes(token.split(":")[1] ?? "?"), `the token is in the database file${suffix}`);
  }
});

test("each wrong token is answered with what to do", async () => {
  let finding: Parameters<typeof openChat>[0] = {};
  await using chat = await openChat({ finding: (botId) => (finding?.finding ?? found("x_bot"))(botId) });
  await chat.write("/start");
  await chat.write("Jarvis");
  await chat.write("Draft");
  await chat.press("Done");
  assert.match((await chat.write("here you are")).join(), /I see no token in that/);
  const cases = [
    [{ kind: "refused" }, /does not know this token/],
    [{ kind: "platform" }, /my token/],
    [{ kind: "webhook", host: "other.example" }, /other\.example/],
    [{ kind: "busy" }, /Another program is using this bot/],
  ] as const;
  for (const [found, words] of cases) {
    finding = { finding: () => found };
    assert.match((await chat.write("123456789:AAabcdefghijklmnopqrstuvwxyzabcdefghi")).join("\n"), words);
    assert.equal(findDraft(chat.store, 1001)?.bot, null);
  }
});

test("the platform's own token and a revoked one are told apart by Telegram itself", async () => {
  await using chat = await openChat();
  const bot = makeBot(chat, "revoked_bot");
  chat.telegram.revokeToken(bot.id);
  await chat.write("/start");
  assert.match((await chat.write(bot.token)).join("\n"), /does not know this token/);
});

test("a bot that belongs to somebody else's order is refused without saying whose", async () => {
  await using chat = await openChat({ finding: found("mine_bot") });
  const { token } = await tell(chat, "mine_bot");
  await chat.press("Looks good");
  await chat.write("/start", "other");
  const answer = (await chat.write(token, "other")).join("\n");
  assert.match(answer, /already belongs to another assistant/);
  assert.ok(!answer.includes("customer"));
});

test("the bot started anew in the middle of each question goes on where it was", async () => {
  await using chat = await openChat({ finding: found("restart_bot") });
  await chat.write("/start");
  await chat.restart();
  await chat.write("Jarvis");
  await chat.restart();
  await chat.write("Draft proposals");
  await chat.restart();
  await chat.press("Done");
  await chat.restart();
  await chat.write(makeBot(chat, "restart_bot").paste);
  await chat.restart();
  await chat.press("Looks good");
  assert.ok(findCustomer(chat.store, "telegramUserId", 1001));
});

test("/start in the middle asks the open question again, and /cancel forgets everything", async () => {
  await using chat = await openChat();
  await chat.write("/start");
  await chat.write("Jarvis");
  assert.match((await chat.write("/start")).join("\n"), /Welcome back[\s\S]*What should Jarvis help you with/);
  assert.match((await chat.write("/cancel")).join("\n"), /nothing was charged/);
  assert.equal(findDraft(chat.store, 1001), null);
  assert.match((await chat.write("hello?")).join("\n"), /\/help/);
});

test("two messages at once are both taken, in their order", async () => {
  await using chat = await openChat();
  await chat.write("/start");
  await chat.write("Jarvis");
  const before = chat.said().length;
  for (const text of ["one", "two", "three"]) chat.telegram.sendFromUser({ user: "customer", bot: "BlytzBot", text });
  await chat.settled(before);
  await chat.atRest();
  assert.deepEqual(
    findDraft(chat.store, 1001)?.instructions.map((piece) => piece.text),
    ["one", "two", "three"],
  );
});

test("the same update twice is handled once", async () => {
  await using chat = await openChat();
  await chat.write("/start");
  const before = chat.said().length;
  await chat.restart();
  chat.telegram.redeliver({ bot: "BlytzBot", count: 1 });
  await chat.write("/help");
  assert.equal(chat.said().length, before + 1);
});
