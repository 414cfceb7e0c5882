/** An update is handled at least once: what was cut off is finished, and what had its effect has it once. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { readDesiredAssistant } from "#src/store/assistants.ts";
import { countSeats } from "#src/store/checkout-attempts.ts";
import { findDraft } from "#src/store/drafts.ts";
import { eventually } from "#test/support/eventually.ts";
import { BOT, found, openChat, tell } from "./chat.ts";

const TWICE = { timeout: 60_000 };

for (const boundary of ["inbox:handle:before", "inbox:handle:after"]) {
  test(`an order ends the same when every update of it is cut off once at ${boundary}`, TWICE, async () => {
    let cutOff = 0;
    const cut = new Set<number>();
    await using chat = await openChat({
      finding: found("cut_bot"),
      onStep: (reached) => {
        const lane = chat.store.sql("SELECT min(update_id) AS id FROM inbox_updates WHERE state = 'stored'").get();
        const { id } = lane as { id: number };
        if (reached !== boundary || cut.has(id)) return;
        cut.add(id);
        cutOff += 1;
        throw new Error("killed here");
      },
    });
    await tell(chat, "cut_bot");
    await chat.press("Looks good");
    const { spec, generation } = readDesiredAssistant(chat.store, "cut-bot");
    assert.deepEqual([spec.assistantName, spec.instructions, generation], ["Jarvis", "Draft proposals", 1]);
    assert.equal(countSeats(chat.store), 1);
    assert.equal(cutOff, 6, "each of the six updates was cut off");
  });
}

// The name was stored, its retry found the next question open, and became the first piece of the instructions.
test("a name whose next question could not be sent is not taken for the instructions when it is tried again", async () => {
  await using chat = await openChat();
  await chat.write("/start");
  chat.telegram.setFaults([{ method: "sendMessage", kind: "reset_before", count: 1, bot: BOT }]);
  assert.match((await chat.write("Jarvis")).join("\n"), /What should Jarvis help you with/);
  const draft = findDraft(chat.store, 1001);
  assert.deepEqual([draft?.name, draft?.step, draft?.instructions], ["Jarvis", "instructions", []]);
});

test("the price is told even when we were cut off between the draft and the first words", async () => {
  await using chat = await openChat();
  chat.telegram.setFaults([{ method: "sendMessage", kind: "reset_before", count: 1, bot: BOT }]);
  const said = await chat.write("/start");
  assert.match(said.join("\n"), /\$29\/month[\s\S]*be called/);
});

test("a Telegram that fails costs an update none of its attempts, however often it was tried before", async () => {
  await using chat = await openChat();
  await chat.write("/start");
  chat.telegram.setFaults([{ method: "sendMessage", kind: "status", status: 502, count: 3, bot: BOT }]);
  chat.telegram.sendFromUser({ user: "customer", bot: BOT, text: "Jarvis" });
  const attempts = () => chat.store.sql("SELECT max(attempts) AS most FROM inbox_updates WHERE state = 'stored'").get();
  const seen: number[] = [];
  await eventually("the question", () => {
    seen.push((attempts() as { most: number | null }).most ?? 0);
    return /What should Jarvis/.test(chat.said().at(-1) ?? "");
  });
  assert.ok(Math.max(...seen) <= 2, `counted ${Math.max(...seen)}`);
  assert.ok(!chat.said().some((text) => /went wrong/.test(text)));
});

test("a short flood limit is waited for, and nothing is said twice", async () => {
  await using chat = await openChat();
  chat.telegram.setFaults([{ method: "sendMessage", kind: "status", status: 429, retry_after: 1, count: 1, bot: BOT }]);
  assert.equal((await chat.write("/start")).length, 2);
});

test("what goes wrong on our side is told once, and what was told before is kept", async () => {
  await using chat = await openChat({
    finding: () => {
      throw new Error("a bug");
    },
  });
  await chat.write("/start");
  await chat.write("Jarvis");
  const said = await chat.write("123456789:AAabcdefghijklmnopqrstuvwxyzabcdefghi");
  assert.equal(said.filter((text) => /Something went wrong on our side/.test(text)).length, 1);
  assert.match((await chat.write("/start")).join("\n"), /Welcome back[\s\S]*What should Jarvis help you with/);
});

test("the apology waits in the outbox when Telegram can't be reached", async () => {
  await using chat = await openChat({
    finding: () => {
      chat.telegram.setFaults([{ method: "sendMessage", kind: "status", status: 502, count: 1, bot: BOT }]);
      throw new Error("a bug");
    },
  });
  await chat.write("/start");
  await chat.write("123456789:AAabcdefghijklmnopqrstuvwxyzabcdefghi");
  await chat.atRest();
  const rows = chat.store.sql("SELECT chat_id, message FROM outbox").all() as { chat_id: number; message: string }[];
  assert.deepEqual(
    rows.map((row) => row.chat_id),
    [1001],
  );
  assert.match(rows[0]?.message ?? "", /Something went wrong/);
});

test("whoever blocks the bot in the middle holds nothing up, is told nothing, and finds their draft again", async () => {
  await using chat = await openChat();
  await chat.write("/start");
  // The answer to the name and, were there one, the apology.
  chat.telegram.setFaults([{ method: "sendMessage", kind: "status", status: 403, count: 2, bot: BOT }]);
  chat.telegram.sendFromUser({ user: "customer", bot: BOT, text: "Jarvis" });
  await eventually("the name", () => findDraft(chat.store, 1001)?.name === "Jarvis");
  await chat.atRest();
  assert.equal(chat.store.sql("SELECT 1 FROM outbox").get(), undefined, "nobody is there to be told");
  chat.telegram.setFaults([]);
  assert.match((await chat.write("/start")).join("\n"), /Welcome back/);
});
