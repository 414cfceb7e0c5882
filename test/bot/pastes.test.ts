/** Bot tokens in odd places and in odd company: several in a paste, in quotes and captions, with Telegram not answering. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { findTokens } from "#src/bot/token-texts.ts";
import type { BotTokenFinding } from "#src/domain/bot-token.ts";
import { AppError } from "#src/domain/errors.ts";
import { findDraft } from "#src/store/drafts.ts";
import { type Chat, found, makeBot, openChat, tell } from "./chat.ts";

const token = (id: number): string => `${id}:AAabcdefghijklmnopqrstuvwxyzabcdefghi`;

async function toTokenStep(chat: Chat): Promise<void> {
  await chat.write("/start");
  await chat.write("Jarvis");
  await chat.write("Draft proposals");
  await chat.press("Done");
}

test("of several tokens in a paste the last that works is taken", async () => {
  const finding = (botId: number): BotTokenFinding =>
    botId === 200000001 ? found("works_bot")(botId) : { kind: "refused" };
  await using chat = await openChat({ finding });
  await toTokenStep(chat);
  const said = await chat.write(`old ${token(100000001)}\nthis ${token(200000001)}\nand ${token(300000001)}`);
  assert.match(said.join("\n"), /Found @works_bot/);
  assert.ok(!said.some((text) => /does not know/.test(text)));
  assert.equal(findDraft(chat.store, 1001)?.bot?.id, 200000001);
});

test("a token that Telegram could not be asked about is asked for again, in plain words", async () => {
  let asked = 0;
  await using chat = await openChat({
    finding: () => {
      asked += 1;
      throw new AppError("Telegram can't be asked.", { code: "unavailable" });
    },
  });
  await toTokenStep(chat);
  const said = await chat.write(token(100000001));
  assert.equal(asked, 2, "it is tried twice");
  assert.match(said.join("\n"), /paste it once more/);
  assert.equal(findDraft(chat.store, 1001)?.step, "token");
});

test("a bot of another customer's is never asked about, since asking would throw their assistant off", async () => {
  const asked: number[] = [];
  await using chat = await openChat({
    finding: (botId) => {
      asked.push(botId);
      return found("first_bot")(botId);
    },
  });
  const bot = await tell(chat, "first_bot");
  await chat.press("Looks good");
  await chat.write("/start", "other");
  assert.match((await chat.write(bot.token, "other")).join("\n"), /already belongs to another assistant/);
  assert.deepEqual(asked, [bot.id], "asked for its owner only");
});

test("a token in a caption, in an edit and in the name of a file's text is removed and never kept", async () => {
  await using chat = await openChat({ finding: () => ({ kind: "refused" }) });
  await chat.write("/start");
  const { message_id: id } = chat.messages()[0] ?? {};
  await chat.write({ kind: "photo", caption: `look: ${token(100000001)}` });
  await chat.write({ kind: "edit", message_id: id, text: `oh ${token(100000002)}` });
  await chat.write("Jarvis");
  await chat.write({ kind: "document", file_name: "token.txt", text: `here: ${token(100000003)}` });
  assert.ok(!JSON.stringify(chat.messages()).includes("AAabcdef"), "no token is left in the chat");
  const kept = chat.store.sql("SELECT value FROM conversation_state UNION ALL SELECT instructions FROM drafts").all();
  assert.ok(!JSON.stringify(kept).includes("AAabcdef"));
  assert.equal(chat.messages().filter((one) => one.kind === "photo" || one.kind === "document").length, 0);
});

test("a token is found wherever a message holds text, what it quotes included", () => {
  const message = { message_id: 5, text: "this?", quote: { text: `Use this:\n${token(100000001)}\nKeep` } };
  assert.equal(findTokens(message).length, 1);
  assert.equal(findTokens({ message_id: 100000001, text: "AAabcdefghijklmnopqrstuvwxyzabcdefghi" }).length, 0);
});

test("a token that comes before anything else is removed, and /start is offered", async () => {
  await using chat = await openChat();
  const { paste } = makeBot(chat, "eager_bot");
  const said = await chat.write(paste);
  assert.match(said.join("\n"), /removed that message[\s\S]*\/start/);
  assert.equal(chat.messages().filter((one) => one.from === "user").length, 0);
});
