/** What `readGatewayHealth` tells of a gateway in each of its states: the thin cell, with the Telegram stand-in behind it. */
import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { readGatewayHealth } from "#src/adapters/openclaw/health.ts";
import { systemClock } from "#src/domain/clock.ts";
import type { GatewayHealth } from "#src/domain/ports/gateway.ts";
import { Secret } from "#src/domain/secret.ts";
import { startTelegram, type TelegramStandIn } from "#src/sandbox/telegram/start-telegram.ts";
import { eventually } from "#test/support/eventually.ts";
import { takeFreePort } from "#test/support/free-port.ts";
import { gatewayToken, openTemporaryCells, toConfigFiles, toLabels } from "#test/support/temporary-cells.ts";
import { thinCellCommand } from "#test/support/thin-cell-command.ts";

type Gateway = AsyncDisposable & {
  telegram: TelegramStandIn;
  bot: { id: number; token: string };
  url: string;
  until(expected: GatewayHealth): Promise<void>;
  /** The configuration as it would be with this owner, written while the gateway runs. */
  setOwner(ownerTelegramId: number | null): Promise<void>;
};

async function startGateway({ ownerTelegramId = 1001 as number | null, startsAfterMs = 0 } = {}): Promise<Gateway> {
  await using stack = new AsyncDisposableStack();
  const telegram = stack.use(await startTelegram({ port: 0, clock: systemClock }));
  const cells = stack.use(openTemporaryCells(telegram.url));
  const bot = telegram.createBot({ owner: "customer", username: "jarvis_bot", name: "Jarvis" });
  const runtime = cells.open(thinCellCommand({ startsAfterMs }));
  const place = runtime.place("ada-bot", await takeFreePort());
  const setOwner = (owner: number | null) =>
    runtime.writeConfig("ada-bot", toConfigFiles(place, { ownerTelegramId: owner }, bot.token));
  await setOwner(ownerTelegramId);
  await runtime.create(toLabels("ada-bot"), place.gatewayPort);
  await runtime.start("ada-bot");
  const owned = stack.move();
  return {
    telegram,
    bot,
    url: place.gatewayUrl,
    setOwner,
    until: async (expected) =>
      void (await eventually(`health ${JSON.stringify(expected)}`, async () => {
        assert.deepEqual(await readGatewayHealth(place.gatewayUrl, gatewayToken), expected);
        return true;
      })),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

const started = (channel: Extract<GatewayHealth, { kind: "started" }>["channel"]): GatewayHealth => ({
  kind: "started",
  channel,
});

test("where nothing listens, the gateway is unreachable", async () => {
  const url = `http://127.0.0.1:${await takeFreePort()}`;
  assert.deepEqual(await readGatewayHealth(url, gatewayToken), { kind: "unreachable" });
});

test("a gateway that is live but not started yet is starting", async () => {
  await using gateway = await startGateway({ startsAfterMs: 60_000 });
  await gateway.until({ kind: "starting" });
});

test("the channel is off while nobody has claimed the assistant, and connects by itself once somebody has", async () => {
  await using gateway = await startGateway({ ownerTelegramId: null });
  await gateway.until(started({ kind: "off" }));
  await gateway.setOwner(1001);
  await gateway.until(started({ kind: "connected" }));
  await gateway.setOwner(null);
  await gateway.until(started({ kind: "off" }));
});

test("a token that Telegram refuses is unauthorized, also when it was accepted before", async () => {
  await using gateway = await startGateway();
  await gateway.until(started({ kind: "connected" }));
  gateway.telegram.revokeToken(gateway.bot.id);
  gateway.telegram.sendFromUser({ user: "customer", bot: "jarvis_bot", text: "wakes the poll" });
  await gateway.until(started({ kind: "unauthorized" }));
});

test("another poller of the same bot is a conflict, and the channel is connected again once it is gone", async () => {
  await using gateway = await startGateway();
  await gateway.until(started({ kind: "connected" }));
  const poll = () =>
    fetch(`${gateway.telegram.url}/bot${gateway.bot.token}/getUpdates?timeout=20`, { signal: leaving.signal });
  const leaving = new AbortController();
  const other = keepPolling(poll, leaving.signal);
  await gateway.until(started({ kind: "conflict" }));
  leaving.abort();
  await other;
  await gateway.until(started({ kind: "connected" }));
});

test("a wrong gateway token, an answer of another shape and a redirect are failing, and are never followed", async () => {
  await using gateway = await startGateway();
  await gateway.until(started({ kind: "connected" }));
  const health = await readGatewayHealth(gateway.url, new Secret("wrong"));
  assert.deepEqual(health, started({ kind: "failing", reason: "the gateway answers 401 Unauthorized" }));

  let hasFollowed = false;
  await using strange = createServer((request, response) => {
    if (request.url === "/elsewhere") hasFollowed = true;
    if (request.url !== "/api/v1/admin/rpc") return response.end("{}");
    return strangeAnswer === null
      ? response.writeHead(307, { location: "/elsewhere" }).end()
      : response.end(strangeAnswer);
  });
  let strangeAnswer: string | null = null;
  await new Promise<void>((resolve) => strange.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(strange.address() as AddressInfo).port}`;
  const reasons: string[] = [];
  for (strangeAnswer of [
    null,
    "not json",
    "null",
    '{"payload":{"channelAccounts":{"telegram":7}}}',
    "x".repeat(300_000),
  ]) {
    const { channel } = (await readGatewayHealth(url, gatewayToken)) as Extract<GatewayHealth, { kind: "started" }>;
    assert.equal(channel.kind, "failing");
    if (channel.kind === "failing") reasons.push(channel.reason);
  }
  assert.equal(hasFollowed, false);
  assert.deepEqual(new Set(reasons), new Set([NO_ANSWER, "the gateway's answer can't be read"]));
});

test("what OpenClaw 2026.9.6 tells of its channel is understood", async () => {
  let account: Record<string, unknown> = {};
  await using gateway = createServer((_, response) =>
    response.end(JSON.stringify({ ok: true, payload: { channelAccounts: { telegram: [account] } } })),
  );
  await new Promise<void>((resolve) => gateway.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(gateway.address() as AddressInfo).port}`;
  const told = { enabled: true, configured: true, running: true };
  const conflict = "Telegram getUpdates conflict: Conflict: terminated by other getUpdates request; make sure that …";
  const stopped = { lifecycle: "blocked", connected: false, running: false, terminalDisconnect: true };
  const seen: [Record<string, unknown>, unknown][] = [
    [{ lifecycle: "starting", connected: false, lastError: null }, { kind: "connecting" }],
    [{ lifecycle: "ready", connected: true, lastError: null }, { kind: "connected" }],
    [{ lifecycle: "recovering", connected: false, lastError: conflict }, { kind: "conflict" }],
    [{ ...stopped, lastError: "Unauthorized | Telegram ingress worker exited with code 1" }, { kind: "unauthorized" }],
    [
      { lifecycle: "recovering", connected: false, lastError: "fetch /bot123:AAtesttesttesttesttesttest/getMe failed" },
      { kind: "failing", reason: "fetch /bot[redacted]/getMe failed" },
    ],
  ];
  for (const [state, channel] of seen) {
    account = { ...told, ...state };
    assert.deepEqual(await readGatewayHealth(url, gatewayToken), { kind: "started", channel });
  }
});

test("a gateway that accepts and says nothing is unreachable within five seconds", async () => {
  await using silent = createServer(() => {});
  await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
  const startedAt = performance.now();
  const health = await readGatewayHealth(`http://127.0.0.1:${(silent.address() as AddressInfo).port}`, gatewayToken);
  assert.deepEqual(health, { kind: "unreachable" });
  assert.ok(performance.now() - startedAt < 5000);
});

const NO_ANSWER = "the gateway does not answer about its channel";

/** Polls as a second program would, until it leaves. */
async function keepPolling(poll: () => Promise<Response>, leaving: AbortSignal): Promise<void> {
  while (!leaving.aborted) await poll().catch(() => {});
}
