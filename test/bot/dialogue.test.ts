/** What people do that nobody planned: odd commands, files, edits, albums, being late, paying while they change things. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Api } from "grammy";
import { scrubbedFetch } from "#src/adapters/telegram/scrubbed-fetch.ts";
import { describeBot } from "#src/bot/describe.ts";
import { silentLogger } from "#src/domain/logger.ts";
import { readDesiredAssistant } from "#src/store/assistants.ts";
import { findLiveAttempt, finishAttempt } from "#src/store/checkout-attempts.ts";
import { findCustomer, grantEntitlement, listCustomers } from "#src/store/customers.ts";
import { findDraft } from "#src/store/drafts.ts";
import { BOT, type Chat, found, makeBot, openChat, tell } from "./chat.ts";

async function toInstructions(chat: Chat): Promise<void> {
  await chat.write("/start");
  await chat.write("Jarvis");
}

const pieces = (chat: Chat) => findDraft(chat.store, 1001)?.instructions.map((piece) => piece.text);

test("a command counts in any case, and a line that begins with a path is no command", async () => {
  await using chat = await openChat();
  assert.match((await chat.write("/Start")).join("\n"), /be called/);
  await chat.write("Jarvis");
  await chat.write("/etc/nginx is where my notes are");
  assert.deepEqual(pieces(chat), ["/etc/nginx is where my notes are"]);
  assert.match((await chat.write("/STATUS")).join("\n"), /nothing is ordered yet/);
});

test("a text file of 5,001 characters is refused by number, one of 5,000 is taken, and what came before is kept", async () => {
  await using chat = await openChat();
  await toInstructions(chat);
  const file = (length: number) => ({ kind: "document", file_name: "About Me.TXT", text: "x".repeat(length) });
  assert.match((await chat.write(file(5001))).join(), /1 character more than the 5,000/);
  assert.deepEqual(pieces(chat), []);
  assert.match((await chat.write(file(5000))).join(), /Saved: 5,000 of 5,000/);
  assert.match((await chat.write("and this")).join(), /9 characters more/);
  assert.equal(pieces(chat)?.length, 1);
  assert.match((await chat.write(file(20_001))).join(), /up to 20 kB/);
});

test("NUL and other control characters never reach the order, and the rest of the text does", async () => {
  await using chat = await openChat({ finding: found("nul_bot") });
  await toInstructions(chat);
  // biome-ignore lint/suspicious/noTemplateCurlyInString: that is what a person may write.
  const odd = "a\u0000b <% x %> {{y}} `z` ${HOME} \u05E9\u05DC\u05D5\u05DD \u202Eabc";
  await chat.write({ kind: "document", file_name: "odd.txt", text: odd });
  await chat.press("Done");
  await chat.write(makeBot(chat, "nul_bot").paste);
  await chat.press("Looks good");
  assert.equal(readDesiredAssistant(chat.store, "nul-bot").spec.instructions, odd.replace("\u0000", ""));
});

test("Done with nothing said asks again", async () => {
  await using chat = await openChat({ finding: found("none_bot") });
  await tell(chat, "none_bot");
  await chat.press("Change instructions");
  await chat.press("Start over");
  assert.match((await chat.press("Done")).join("\n"), /I have nothing yet/);
  await chat.write("Invoices");
  await chat.press("Done");
  assert.match(chat.said().at(-1) ?? "", /Is this right\?[\s\S]*Invoices/);
});

test("an edit of a piece counts at the review too, and any other edit is answered and changes nothing", async () => {
  await using chat = await openChat({ finding: found("edit_bot") });
  await tell(chat, "edit_bot");
  const idOf = (text: string) => chat.messages().find((one) => one.text === text)?.message_id;
  const edit = (from: string, text: string) => chat.write({ kind: "edit", message_id: idOf(from), text });
  assert.match((await edit("Draft proposals", "Draft contracts")).join("\n"), /Is this right\?[\s\S]*Draft contracts/);
  assert.match((await edit("Jarvis", "Nova")).join("\n"), /Nothing has changed[\s\S]*Is this right/);
  const draft = findDraft(chat.store, 1001);
  assert.deepEqual([draft?.name, pieces(chat)], ["Jarvis", ["Draft contracts"]]);
});

test("with every place taken nothing of the person is claimed: no customer, and the draft stays", async () => {
  await using chat = await openChat({ finding: found("none_left_bot"), maxCustomers: 0 });
  await tell(chat, "none_left_bot");
  assert.match((await chat.press("Looks good")).join("\n"), /Nothing was charged/);
  assert.deepEqual(listCustomers(chat.store), []);
  assert.equal(findDraft(chat.store, 1001)?.step, "review");
});

test("whoever comes back after the place was released is offered a place that is really held", async () => {
  await using chat = await openChat({ finding: found("late_bot"), maxCustomers: 1 });
  await tell(chat, "late_bot");
  await chat.press("Looks good");
  finishAttempt(chat.store, findLiveAttempt(chat.store, "late-bot")?.id ?? "", "released");
  assert.match((await chat.write("/start")).join("\n"), /I hold your place for 45 minutes/);
  assert.equal(findLiveAttempt(chat.store, "late-bot")?.state, "offered");
  finishAttempt(chat.store, findLiveAttempt(chat.store, "late-bot")?.id ?? "", "released");
  await fillPlace(chat);
  assert.match((await chat.write("/status")).join("\n"), /All our places are taken/);
  assert.equal(findLiveAttempt(chat.store, "late-bot"), null);
});

/** Somebody else takes the one place that there is. */
async function fillPlace(chat: Chat): Promise<void> {
  const bot = makeBot(chat, "quick_bot", "quick");
  await chat.write("/start", "quick");
  await chat.write("Max", "quick");
  await chat.write("Plans", "quick");
  await chat.press("Done", "quick");
  await chat.write(bot.paste, "quick");
  await chat.press("Looks good", "quick");
}

test("paying while a change is being written ends the change: what was paid for is served", async () => {
  await using chat = await openChat({ finding: found("race_bot") });
  await tell(chat, "race_bot");
  await chat.press("Looks good");
  await chat.press("Change something");
  await chat.press("Change name");
  const now = new Date();
  grantEntitlement(chat.store, "race-bot", { paidUntil: now, subscriptionId: "s", subscriptionStatus: "active" }, now);
  await chat.write("Nova");
  assert.equal(findDraft(chat.store, 1001), null);
  assert.equal(findCustomer(chat.store, "id", "race-bot")?.assistantName, "Jarvis");
  assert.match((await chat.write("/cancel")).join("\n"), /@operator/);
});

test("after an order the old review card is harmless", async () => {
  await using chat = await openChat({ finding: found("card_bot") });
  await tell(chat, "card_bot");
  await chat.press("Looks good");
  for (const button of ["Change bot", "Looks good"]) {
    assert.match((await chat.press(button)).join("\n"), /ready to be set up/);
  }
  assert.equal(findDraft(chat.store, 1001), null);
});

test("the bot's descriptions and commands are set once, and not again while they are right", async () => {
  await using chat = await openChat();
  const api = new Api(chat.platformToken, { apiRoot: chat.telegram.url, fetch: scrubbedFetch });
  const writes = () => chat.telegram.calls().filter((call) => /^setMy/i.test(call.method)).length;
  await describeBot({ api, logger: silentLogger });
  assert.equal(writes(), 3);
  await describeBot({ api, logger: silentLogger });
  assert.equal(writes(), 3);
  assert.equal((await api.getMyCommands())[0]?.command, "start");
  chat.telegram.setFaults([{ method: "getMyDescription", kind: "status", status: 500, count: 1, bot: BOT }]);
  await describeBot({ api, logger: silentLogger });
});
