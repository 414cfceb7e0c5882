/** The two conversations: they wait for one answer at a time, their log does not grow, and losing it loses nothing. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { findDraft } from "#src/store/drafts.ts";
import { type Chat, openChat } from "#test/bot/chat.ts";

const logs = (chat: Chat) =>
  chat.store.sql("SELECT key, value FROM conversation_state").all() as { key: string; value: string }[];

test("the log of a question holds one wait however many answers come", async () => {
  await using chat = await openChat();
  await chat.write("/start");
  const [first] = logs(chat);
  assert.equal(first?.key, "u1001");
  for (let number = 0; number < 3; number += 1) await chat.write("...");
  const [later] = logs(chat);
  assert.ok((later?.value.length ?? 0) <= (first?.value.length ?? 0) + 200, "refused names are forgotten");
  await chat.press("Nova");
  await chat.write("piece 0");
  const [begun] = logs(chat);
  for (let number = 1; number < 12; number += 1) await chat.write(`piece ${number}`);
  assert.ok(
    (logs(chat)[0]?.value.length ?? 0) <= (begun?.value.length ?? 0) + 200,
    "pieces are in the draft, not here",
  );
  assert.equal(findDraft(chat.store, 1001)?.instructions.length, 12);
});

test("a log that is lost, or of another version, costs no answer", async () => {
  await using chat = await openChat();
  await chat.write("/start");
  chat.store.sql("DELETE FROM conversation_state").run();
  await chat.write("Jarvis");
  await chat.write("first");
  chat.store.sql(`UPDATE conversation_state SET value = replace(value, '"version":[0,', '"version":[0,9')`).run();
  await chat.write("second");
  assert.deepEqual(
    findDraft(chat.store, 1001)?.instructions.map((piece) => piece.text),
    ["first", "second"],
  );
});

test("a conversation that waits for another question than the open one takes the answer for the open one", async () => {
  await using chat = await openChat();
  await chat.write("/start");
  // As after a kill between the press and the end of its conversation.
  chat.store.sql("UPDATE drafts SET name = 'Nova', step = 'instructions'").run();
  await chat.write("Draft proposals");
  assert.deepEqual(
    findDraft(chat.store, 1001)?.instructions.map((piece) => piece.text),
    ["Draft proposals"],
  );
});

test("nothing is left waiting once the questions are answered", async () => {
  await using chat = await openChat();
  await chat.write("/start");
  await chat.write("Jarvis");
  await chat.write("Draft proposals");
  await chat.press("Done");
  assert.deepEqual(logs(chat), []);
});
