/**
 * Looks at a gateway from outside: is it there, has it started, and is its Telegram channel connected. It asks and changes
 * nothing, and believes nothing beyond that: the other end is a tenant's. Facts: "Health and the channel's state".
 */
import { STATUS_CODES } from "node:http";
import type { ChannelState, GatewayHealth, ReadGatewayHealth } from "#src/domain/ports/gateway.ts";
import type { Secret } from "#src/domain/secret.ts";

/** For all requests of one look together. */
const LOOK_MS = 4500;
/** An answer to `channels.status` has about 2 kB. */
const MAX_ANSWER_BYTES = 256_000;
const MAX_REASON_LENGTH = 300;

/** What OpenClaw tells about its one Telegram account; any of it may be missing. */
type Account = {
  enabled?: unknown;
  configured?: unknown;
  connected?: unknown;
  lifecycle?: unknown;
  terminalDisconnect?: unknown;
  lastError?: unknown;
};

/** The port's `ReadGatewayHealth`, on any URL that the runtime's place gives. */
export const readGatewayHealth: ReadGatewayHealth = async (gatewayUrl, gatewayToken) => {
  const signal = AbortSignal.timeout(LOOK_MS);
  const live = await ask(`${gatewayUrl}/healthz`, { signal });
  if (live === null) return { kind: "unreachable" };
  const startup = await ask(`${gatewayUrl}/startupz`, { signal });
  if (live.status !== 200 || startup?.status !== 200) return { kind: "starting" };
  return { kind: "started", channel: await readChannel(gatewayUrl, gatewayToken, signal) } satisfies GatewayHealth;
};

async function readChannel(gatewayUrl: string, gatewayToken: Secret, signal: AbortSignal): Promise<ChannelState> {
  const answer = await ask(`${gatewayUrl}/api/v1/admin/rpc`, {
    signal,
    method: "POST",
    headers: { authorization: `Bearer ${gatewayToken.reveal()}`, "content-type": "application/json" },
    body: JSON.stringify({ method: "channels.status", params: {} }),
  });
  if (answer === null) return { kind: "failing", reason: "the gateway does not answer about its channel" };
  if (answer.status !== 200) {
    return {
      kind: "failing",
      reason: `the gateway answers ${answer.status} ${STATUS_CODES[answer.status] ?? ""}`.trim(),
    };
  }
  return toChannelState(findAccount(answer.text));
}

/** Null: the channel is not there at all, as when it is switched off. Undefined: not an answer of OpenClaw's. */
function findAccount(text: string): Account | null | undefined {
  try {
    const answer = JSON.parse(text) as { payload?: { channelAccounts?: { telegram?: unknown } } };
    if (typeof answer.payload !== "object" || answer.payload === null) return undefined;
    const accounts = answer.payload.channelAccounts?.telegram ?? [];
    const account: unknown = Array.isArray(accounts) ? (accounts[0] ?? null) : undefined;
    return typeof account === "object" ? (account as Account | null) : undefined;
  } catch {
    return undefined;
  }
}

function toChannelState(account: Account | null | undefined): ChannelState {
  if (account === undefined) return { kind: "failing", reason: "the gateway's answer can't be read" };
  if (account === null || account.enabled === false || account.configured === false) return { kind: "off" };
  const lastError = typeof account.lastError === "string" ? account.lastError : "";
  if (account.terminalDisconnect === true || account.lifecycle === "blocked") {
    return /unauthorized|\b401\b/i.test(lastError) ? { kind: "unauthorized" } : failing(lastError);
  }
  if (account.connected === true && account.lifecycle === "ready") return { kind: "connected" };
  if (/conflict|\b409\b/i.test(lastError)) return { kind: "conflict" };
  return lastError === "" ? { kind: "connecting" } : failing(lastError);
}

/** Telegram's URLs hold the token; OpenClaw leaves it out, and this makes sure. */
function failing(lastError: string): ChannelState {
  const reason = lastError.replaceAll(/\d+:[\w-]{20,}/g, "[redacted]").slice(0, MAX_REASON_LENGTH);
  return { kind: "failing", reason: reason === "" ? "the channel has stopped" : reason };
}

/** Null when nothing answered in time. */
async function ask(url: string, init: RequestInit): Promise<{ status: number; text: string } | null> {
  try {
    // A redirect would have us ask somebody else with the gateway's token.
    const response = await fetch(url, { redirect: "error", ...init });
    return { status: response.status, text: await readText(response) };
  } catch {
    return null;
  }
}

async function readText(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let sizeBytes = 0;
  for await (const chunk of response.body ?? []) {
    sizeBytes += chunk.byteLength;
    if (sizeBytes > MAX_ANSWER_BYTES) throw new Error("the answer is too long");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}
