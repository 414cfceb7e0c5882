/**
 * A runnable stand-in for OpenClaw: same configuration, probes, channel status and Telegram polling, in a fraction of the
 * time. No model: an answer quotes what the workspace says of the person. An update is confirmed only after its answer, so
 * none is lost by a kill. Imports nothing of the project, and changes no file.
 */
import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

type Config = {
  gateway: { port: number };
  agents: { defaults: { workspace: string } };
  channels: { telegram: { enabled: boolean; apiRoot: string; allowFrom?: string[] } };
};
type Update = { update_id: number; message?: { text?: string; from?: { id: number }; chat: { id: number } } };
type Answer = { ok: boolean; error_code?: number; description?: string; result?: unknown };

const configPath = process.env.OPENCLAW_CONFIG_PATH;
if (configPath === undefined) throw new Error("OPENCLAW_CONFIG_PATH is not set");
const startsAfterMs = Number(process.env.THIN_CELL_STARTS_AFTER_MS ?? 0);
const secretsPath = join(dirname(configPath), "secrets.json");
const POLL_SECONDS = 20;
const RETRY_MS = 300;
const RELOAD_MS = 100;

let config = readConfig();
let secrets = readSecrets();
const startsAt = performance.now() + startsAfterMs;
const stopping = new AbortController();
/** One life of the channel; a reload or the end aborts its waiting, never a turn. */
let channel = { idle: new AbortController(), done: Promise.resolve() };
let status: Record<string, unknown> = {};

const server = createServer(async (request, response) => {
  const answer = (code: number, body: unknown): void => {
    response.writeHead(code, { "content-type": "application/json", connection: "close" }).end(JSON.stringify(body));
  };
  const started = performance.now() >= startsAt;
  if (request.url === "/healthz") return answer(200, { ok: true, status: "live" });
  if (request.url === "/startupz") {
    return started ? answer(200, { ok: true, status: "started" }) : answer(503, { ok: false, status: "starting" });
  }
  if (request.url === "/readyz") {
    const ready = started && status.lifecycle !== "blocked";
    return answer(ready ? 200 : 503, { ready });
  }
  if (request.url !== "/api/v1/admin/rpc" || request.method !== "POST") return answer(404, { error: "not found" });
  if (request.headers.authorization !== `Bearer ${secrets.gatewayToken}`) return answer(401, { error: "unauthorized" });
  let text = "";
  for await (const chunk of request) text += String(chunk);
  const { method } = JSON.parse(text) as { method?: string };
  if (method !== "channels.status") return answer(400, { ok: false, error: { message: `unknown method ${method}` } });
  return answer(200, { id: "1", ok: true, payload: { channelAccounts: { telegram: [status] } } });
});
// A port that is taken ends the process with a stack that names EADDRINUSE, as OpenClaw's own log does.
server.listen(config.gateway.port, "127.0.0.1");

process.once("SIGTERM", async () => {
  stopping.abort();
  channel.idle.abort();
  await channel.done;
  process.exit(0);
});

channel = startChannel();
for (let text = JSON.stringify(config); !stopping.signal.aborted; ) {
  await delay(RELOAD_MS);
  const next = readConfig();
  if (JSON.stringify(next) === text) continue;
  text = JSON.stringify(next);
  channel.idle.abort();
  await channel.done;
  // Secrets are read when the configuration changes, as in OpenClaw.
  [config, secrets] = [next, readSecrets()];
  channel = startChannel();
}

function startChannel(): typeof channel {
  const idle = new AbortController();
  const { enabled } = config.channels.telegram;
  status = { accountId: "default", enabled, configured: enabled, connected: false, lastError: null };
  if (stopping.signal.aborted || !enabled) return { idle, done: Promise.resolve() };
  return { idle, done: poll(idle.signal) };
}

async function poll(idle: AbortSignal): Promise<void> {
  tell({ lifecycle: "starting", running: true });
  await delay(Math.max(0, startsAt - performance.now()), undefined, { signal: idle }).catch(() => {});
  let offset = 0;
  let isConnected = false;
  while (!idle.aborted) {
    // The first look is short, so that "connected" is told as soon as Telegram lets us.
    const wait = isConnected ? POLL_SECONDS : 0;
    const me: Answer | null = isConnected ? null : await api("getMe", {}, idle);
    const answer: Answer = me?.ok === false ? me : await api("getUpdates", { offset, timeout: wait }, idle);
    if (idle.aborted) return;
    isConnected = answer.ok;
    if (answer.error_code === 401) {
      return tell({ lifecycle: "blocked", running: false, terminalDisconnect: true, lastError: "Unauthorized" });
    }
    if (!answer.ok) {
      const conflict = answer.error_code === 409 ? "Telegram getUpdates conflict: " : "";
      tell({ lifecycle: "recovering", lastError: `${conflict}${answer.description}` });
      await delay(RETRY_MS, undefined, { signal: idle }).catch(() => {});
      continue;
    }
    tell({ lifecycle: "ready", connected: true, lastError: null });
    for (const update of answer.result as Update[]) {
      if (!(await take(update))) break;
      offset = update.update_id + 1;
      if (idle.aborted) break;
    }
    // What was answered is confirmed before we go, or the next start would answer it again.
    if (idle.aborted && offset > 0) await api("getUpdates", { offset, timeout: 0, limit: 1 });
  }
}

/** False when the answer could not be sent: the update stays unconfirmed and comes again. */
async function take({ message }: Update): Promise<boolean> {
  const { allowFrom = [] } = config.channels.telegram;
  if (message === undefined || !allowFrom.includes(String(message.from?.id))) return true;
  const { workspace } = config.agents.defaults;
  const [identity, user] = await Promise.all(["IDENTITY.md", "USER.md"].map((name) => readText(join(workspace, name))));
  await api("sendChatAction", { chat_id: message.chat.id, action: "typing" });
  const text = `${identity}\n\nYou wrote: ${message.text ?? ""}\n\nWhat I know of you:\n${user}`.slice(0, 4000);
  return (await api("sendMessage", { chat_id: message.chat.id, text })).ok;
}

async function api(method: string, body: unknown, signal?: AbortSignal): Promise<Answer> {
  try {
    const response = await fetch(`${config.channels.telegram.apiRoot}/bot${secrets.telegramBotToken}/${method}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
      signal: AbortSignal.any([AbortSignal.timeout((POLL_SECONDS + 10) * 1000), ...(signal ? [signal] : [])]),
    });
    return (await response.json()) as Answer;
  } catch (error) {
    return { ok: false, description: error instanceof Error ? error.message : String(error) };
  }
}

function tell(change: Record<string, unknown>): void {
  status = { ...status, connected: false, ...change };
}

function readConfig(): Config {
  return JSON.parse(readFileSync(configPath ?? "", "utf8")) as Config;
}

function readSecrets(): { gatewayToken: string; telegramBotToken: string } {
  return JSON.parse(readFileSync(secretsPath, "utf8")) as { gatewayToken: string; telegramBotToken: string };
}

function readText(path: string): Promise<string> {
  return readFile(path, "utf8").then(
    (text) => text.trim(),
    () => "",
  );
}
