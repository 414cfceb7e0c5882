/** What the platform finds out about a token that somebody gave. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { inspect } from "node:util";
import { createInspectBotToken } from "#src/adapters/telegram/inspect-bot-token.ts";
import { Secret } from "#src/domain/secret.ts";
import { openTelegram } from "#test/sandbox/telegram/open-telegram.ts";

async function openInspection() {
  const open = await openTelegram();
  const platform = open.telegram.createBot({ owner: "operator", username: "blytz_bot", name: "Blytz", platform: true });
  const inspectBotToken = createInspectBotToken({
    apiRoot: open.telegram.url,
    platformToken: new Secret(platform.token),
  });
  return { ...open, platform, look: (token: string) => inspectBotToken(new Secret(token)) };
}

test("a good token is found with its bot's id, username and name, within six seconds, and no update is confirmed", async () => {
  await using open = await openInspection();
  const fresh = open.telegram.createBot({ owner: "customer", username: "jarvis_bot", name: "Jarvis" });
  const startedMs = performance.now();
  const finding = { kind: "ok", botId: fresh.id, username: "jarvis_bot", name: "Jarvis" };
  assert.deepEqual(await Promise.all([open.look(fresh.token), open.look(fresh.token)]), [finding, finding]);
  assert.ok(performance.now() - startedMs < 6500);
  assert.equal((await open.look(open.bot.token)).kind, "ok");
  assert.equal((await open.call("getUpdates")).result.length, 1);
});

test("an unknown, a revoked and a malformed token are refused", async () => {
  await using open = await openInspection();
  assert.deepEqual(await open.look(`7123456789:${"A".repeat(35)}`), { kind: "refused" });
  assert.deepEqual(await open.look("nonsense"), { kind: "refused" });
  assert.deepEqual(await open.look(`12:${"A".repeat(90)}`), { kind: "refused" });
  open.telegram.revokeToken(open.bot.id);
  assert.deepEqual(await open.look(open.bot.token), { kind: "refused" });
});

test("the platform's own token is known by its id without asking Telegram", async () => {
  await using open = await openInspection();
  assert.deepEqual(await open.look(`${open.platform.id}:${"A".repeat(35)}`), { kind: "platform" });
  assert.deepEqual(open.telegram.calls(), []);
});

test("a webhook is named by its host and left alone", async () => {
  await using open = await openInspection();
  await open.call("setWebhook", { url: "https://hooks.example.com:8443/secret-path" });
  assert.deepEqual(await open.look(open.bot.token), { kind: "webhook", host: "hooks.example.com:8443" });
  assert.notEqual((await open.call("getWebhookInfo")).result.url, "");
});

test("another program that polls is found by its coming back", async () => {
  await using open = await openInspection();
  const { answer } = await open.poll();
  let stopped = false;
  const other = (async () => {
    await answer;
    while (!stopped) await open.call("getUpdates", { offset: 100_002, timeout: 30 });
  })();
  try {
    assert.deepEqual(await open.look(open.bot.token), { kind: "busy" });
  } finally {
    stopped = true;
    open.telegram.revokeToken(open.bot.id);
    await other;
  }
});

test("trouble with Telegram is unavailable, and never shows the token", async () => {
  await using open = await openInspection();
  for (const fault of [
    { method: "getMe", kind: "reset_before", count: 1 },
    { method: "getWebhookInfo", kind: "status", status: 502, count: 1 },
    { method: "getUpdates", kind: "status", status: 429, retry_after: 3, count: 1 },
  ]) {
    open.telegram.setFaults([fault]);
    const error = await open.look(open.bot.token).then(
      () => assert.fail("it was found"),
      (reason: unknown) => reason,
    );
    assert.equal((error as { code?: string }).code, "unavailable");
    assert.equal(
      inspect(error, { depth: 20, showHidden: true }).includes(open.bot.token.split(":")[1] as string),
      false,
    );
  }
});
