/** The order and what comes after it in the chat: double taps, full house, changes, /cancel and /status in each state. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { readDesiredAssistant } from "#src/store/assistants.ts";
import { countSeats, findLiveAttempt } from "#src/store/checkout-attempts.ts";
import { findCustomer, grantEntitlement, setServed } from "#src/store/customers.ts";
import { type Chat, found, openChat, tell } from "./chat.ts";

const now = new Date("2026-11-23T12:00:00Z");

function pay(chat: Chat, id: string): void {
  const paid = { paidUntil: new Date("2026-12-23T12:00:00Z"), subscriptionId: "sub_1", subscriptionStatus: "active" };
  grantEntitlement(chat.store, id, paid, now);
}

test("a double tap on the review's button makes one order and shows it twice", async () => {
  await using chat = await openChat({ finding: found("tap_bot") });
  await tell(chat, "tap_bot");
  const review = chat.messages().at(-1);
  const before = chat.said().length;
  for (let tap = 0; tap < 2; tap += 1) {
    chat.telegram.press({ user: "customer", bot: "BlytzBot", message_id: review?.message_id, button: "Looks good" });
  }
  await chat.settled(before);
  await chat.atRest();
  assert.equal(countSeats(chat.store), 1);
  assert.equal(chat.said().filter((text) => /ready to be set up/.test(text)).length, 2);
});

test("when all seats are taken the person is told, nothing is lost, and trying again works once one is free", async () => {
  await using chat = await openChat({ finding: (botId) => found(`full_${botId}_bot`)(botId), maxCustomers: 1 });
  await tell(chat, "full_one_bot", "first");
  await chat.press("Looks good", "first");
  await tell(chat, "full_two_bot", "second");
  assert.match(
    (await chat.press("Looks good", "second")).join("\n"),
    /All our places are taken[\s\S]*Nothing was charged/,
  );
  assert.equal(countSeats(chat.store), 1);
  assert.match((await chat.press("Try again", "second")).join("\n"), /All our places are taken/);
});

test("an order that is not paid can be changed, and stays one order", async () => {
  await using chat = await openChat({ finding: found("change_bot") });
  await tell(chat, "change_bot");
  await chat.press("Looks good");
  await chat.press("Change something");
  await chat.press("Change name");
  await chat.write("Nova");
  await chat.press("Looks good");
  const { spec, generation } = readDesiredAssistant(chat.store, "change-bot");
  assert.equal(spec.assistantName, "Nova");
  assert.equal(generation, 2);
  assert.equal(countSeats(chat.store), 1);
});

test("/cancel before payment gives the seat back through billing; after it, it says whom to write to", async () => {
  await using chat = await openChat({ finding: found("cancel_bot") });
  await tell(chat, "cancel_bot");
  await chat.press("Looks good");
  assert.match((await chat.write("/cancel")).join("\n"), /your place is free again/);
  assert.deepEqual(chat.billed, ["cancel-bot"]);
  assert.equal(findLiveAttempt(chat.store, "cancel-bot")?.givenBack, true);
  pay(chat, "cancel-bot");
  assert.match((await chat.write("/cancel")).join("\n"), /write to @operator/);
});

test("/status tells how it stands in each state", async () => {
  const progress = {
    assistantName: "Jarvis",
    botUsername: "s_bot",
    cause: "starting",
    detail: null,
    isLate: false,
  } as const;
  await using chat = await openChat({ finding: found("state_bot"), progress });
  assert.match((await chat.write("/status")).join("\n"), /no assistant yet/);
  await tell(chat, "state_bot");
  assert.match((await chat.write("/status")).join("\n"), /nothing is ordered yet/);
  await chat.press("Looks good");
  assert.match((await chat.write("/status")).join("\n"), /ready to be set up/);
  pay(chat, "state-bot");
  assert.match((await chat.write("/status")).join("\n"), /Setting up Jarvis/);
  setServed(chat.store, "state-bot", now);
  assert.equal(findCustomer(chat.store, "id", "state-bot")?.status, "active");
});

test("an old button says that it is old and shows where we are", async () => {
  await using chat = await openChat({ finding: found("old_bot") });
  await chat.write("/start");
  await chat.press("Alex");
  assert.match((await chat.press("Max")).join("\n"), /from an earlier step[\s\S]*What should Alex help you with/);
  assert.match((await chat.write("/nonsense")).join("\n"), /don't know that command/);
  assert.match((await chat.write("/help")).join("\n"), /\/status/);
});
