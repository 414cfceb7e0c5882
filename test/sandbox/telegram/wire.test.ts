/** The wire itself: addresses, bodies, downloads, ordered faults, the record of calls. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { openTelegram } from "./open-telegram.ts";

const chat = { user: "customer", bot: "alex_bot" };

test("an address that is none is 404, a token that nobody has 401, a method that is not offered 404", async () => {
  await using open = await openTelegram();
  const get = async (path: string) => {
    const response = await fetch(open.telegram.url + path);
    return [response.status, ((await response.json()) as { description: string }).description];
  };
  assert.deepEqual(await get("/"), [404, "Not Found"]);
  assert.deepEqual(await get("/botnonsense/getMe"), [404, "Not Found"]);
  assert.deepEqual(await get(`/bot0${open.bot.token}/getMe`), [404, "Not Found"]);
  assert.deepEqual(await get(`/bot${open.bot.token}x/getMe`), [401, "Unauthorized"]);
  assert.deepEqual(await get(`/bot${open.bot.token}/sendDice`), [404, "Not Found: method not found"]);
});

test("a method is found in any case, by GET with a query as well as by a form or JSON", async () => {
  await using open = await openTelegram();
  const root = `${open.telegram.url}/bot${open.bot.token}`;
  const markup = JSON.stringify({ inline_keyboard: [[{ text: "Go", callback_data: "go" }]] });
  const form = new FormData();
  form.set("chat_id", "1001");
  form.set("text", "über\r\nmultipart");
  form.set("reply_markup", markup);
  await fetch(`${root}/SENDmessage?chat_id=1001&text=query&unknown=ignored`);
  await fetch(`${root}/sendmessage`, {
    method: "POST",
    body: new URLSearchParams({ chat_id: "1001", text: "form", reply_markup: markup }),
  });
  await fetch(`${root}/sendMessage`, { method: "POST", body: form });
  assert.deepEqual(
    open.telegram
      .readChat(chat)
      .messages.slice(1)
      .map((each) => [each.text, each.buttons.length]),
    [
      ["query", 0],
      ["form", 1],
      ["über\nmultipart", 1],
    ],
  );
});

test("a document that a person sends can be downloaded, and only by that bot", async () => {
  await using open = await openTelegram();
  open.telegram.sendFromUser({
    ...chat,
    kind: "document",
    file_name: "notes.txt",
    text: "Grüße\u0000",
    caption: "mine",
  });
  const { result } = await open.call("getUpdates", { offset: -1 });
  const { document, caption } = result[0].message;
  assert.deepEqual([document.file_name, document.file_size, caption], ["notes.txt", 8, "mine"]);
  const file = (await open.call("getFile", { file_id: document.file_id })).result;
  assert.match(file.file_path, /^documents\/file_\d+\.txt$/);
  const bytes = await fetch(`${open.telegram.url}/file/bot${open.bot.token}/${file.file_path}`);
  assert.equal(await bytes.text(), "Grüße\u0000");
  const other = open.telegram.createBot({ owner: "operator", username: "other_bot", name: "Other" });
  const refused = await open.call("getFile", { file_id: document.file_id }, other.token);
  assert.equal(refused.description, "Bad Request: wrong file_id or the file is temporarily unavailable");
  assert.equal((await fetch(`${open.telegram.url}/file/bot${other.token}/${file.file_path}`)).status, 404);
});

test("a bot's document is seen with its name", async () => {
  await using open = await openTelegram();
  const form = new FormData();
  form.set("chat_id", "1001");
  form.set("document", "attach://part");
  form.set("part", new Blob(["a,b"], { type: "text/csv" }), "export.csv");
  await fetch(`${open.telegram.url}/bot${open.bot.token}/sendDocument`, { method: "POST", body: form });
  const seen = open.telegram.readChat(chat).messages.at(-1);
  assert.deepEqual([seen?.kind, seen?.file_name], ["document", "export.csv"]);
});

test("names, descriptions and commands are kept by language and scope", async () => {
  await using open = await openTelegram();
  await open.call("setMyName", { name: "Alexander" });
  await open.call("setMyDescription", { description: "Hallo", language_code: "de" });
  const commands = [{ command: "status", description: "How it goes" }];
  await open.call("setMyCommands", { commands, scope: { type: "chat", chat_id: 9001 } });
  assert.equal((await open.call("getMyName")).result.name, "Alexander");
  assert.equal((await open.call("getMe")).result.first_name, "Alexander");
  assert.equal((await open.call("getMyDescription")).result.description, "");
  assert.equal((await open.call("getMyDescription", { language_code: "de" })).result.description, "Hallo");
  assert.deepEqual((await open.call("getMyCommands")).result, []);
  const scope = { type: "chat", chat_id: 9001 };
  assert.deepEqual((await open.call("getMyCommands", { scope })).result, commands);
  await open.call("deleteMyCommands", { scope });
  assert.deepEqual((await open.call("getMyCommands", { scope })).result, []);
  const wrong = await open.call("setMyCommands", { commands: [{ command: "Not This", description: "x" }] });
  assert.equal(wrong.description, "Bad Request: BOT_COMMAND_INVALID");
});

test("an ordered status comes so many times, with its retry_after, and then no more", async () => {
  await using open = await openTelegram();
  open.telegram.setFaults([{ method: "sendMessage", kind: "status", status: 429, retry_after: 7, count: 1 }]);
  assert.equal((await open.call("getMe")).ok, true);
  const refused = await open.call("sendMessage", { chat_id: 1001, text: "x" });
  assert.deepEqual(
    [refused.status, refused.description, refused.parameters],
    [429, "Too Many Requests: retry after 7", { retry_after: 7 }],
  );
  assert.equal((await open.call("sendMessage", { chat_id: 1001, text: "x" })).ok, true);
});

test("a connection cut before the call has no effect, one cut after it has", async () => {
  await using open = await openTelegram();
  const count = () => open.telegram.readChat(chat).messages.length;
  const send = () => open.call("sendMessage", { chat_id: 1001, text: "x" });
  open.telegram.setFaults([{ method: "sendMessage", kind: "reset_before", count: 1 }]);
  await assert.rejects(send());
  assert.equal(count(), 1);
  open.telegram.setFaults([{ method: "*", kind: "reset_after", count: 1 }]);
  await assert.rejects(send());
  assert.equal(count(), 2);
});

test("a delayed call is late, a hanging one never answers, and another bot's faults don't matter", async () => {
  await using open = await openTelegram();
  open.telegram.createBot({ owner: "operator", username: "other_bot", name: "Other" });
  open.telegram.setFaults([
    { method: "getMe", kind: "status", status: 500, count: 9, bot: "other_bot" },
    { method: "getMe", kind: "delay", delay_ms: 200, count: 1 },
    { method: "getMe", kind: "hang", count: 1, bot: "alex_bot" },
  ]);
  const startedMs = performance.now();
  assert.equal((await open.call("getMe")).ok, true);
  assert.ok(performance.now() - startedMs >= 190);
  const hanging = fetch(`${open.telegram.url}/bot${open.bot.token}/getMe`, { signal: AbortSignal.timeout(300) });
  await assert.rejects(hanging, { name: "TimeoutError" });
});

test("a fault that makes no sense is refused with what is wrong, and an empty list clears", async () => {
  await using open = await openTelegram();
  const refused = (fault: object, words: RegExp) =>
    assert.throws(() => open.telegram.setFaults([fault]), { code: "invalid", message: words });
  refused({ method: "getMe", kind: "status", count: 1 }, /needs a status/);
  refused({ method: "getMe", kind: "delay", count: 1 }, /needs delay_ms/);
  refused({ method: "getMe", kind: "explode", count: 1 }, /kind/);
  refused({ method: "getThem", kind: "hang", count: 1 }, /There is no method "getThem"/);
  refused({ method: "getMe", kind: "hang", count: 0 }, /count/);
  open.telegram.setFaults([{ method: "*", kind: "status", status: 500, count: 100 }]);
  open.telegram.setFaults([]);
  assert.equal((await open.call("getMe")).ok, true);
});

test("calls are recorded without tokens and payloads", async () => {
  await using open = await openTelegram();
  await open.call("sendmessage", { chat_id: 1001, text: "secret words" });
  await open.call("sendMessage", { chat_id: 5 });
  const at = "2026-11-23T12:00:00.000Z";
  assert.deepEqual(open.telegram.calls(), [
    { at, bot: "alex_bot", method: "sendMessage", ok: true },
    { at, bot: "alex_bot", method: "sendMessage", ok: false, error_code: 400 },
  ]);
});
