/**
 * Asks Telegram about a token that a customer gave: whose it is, and whether another program uses it.
 * It only looks: it confirms no update and deletes no webhook. A poller that sleeps is not found, so "ok" is no proof
 * that the bot is free; and a token that one of our own assistants polls must never be asked about.
 */
import { Api, GrammyError } from "grammy";
import { type BotTokenFinding, type InspectBotToken, readBotId } from "#src/domain/bot-token.ts";
import type { Secret } from "#src/domain/secret.ts";
import { toAppError } from "./failure.ts";
import { scrubbedFetch } from "./scrubbed-fetch.ts";

/** Two probes of 2 s each, of which Telegram makes the second 3 s: the whole look stays below about 6 s. */
const PROBES = 2;
const PROBE_SECONDS = 2;
const DEADLINE_SECONDS = 5;

/** Throws AppError `unavailable` when Telegram can't be asked. Looks at the same token that overlap are one look. */
export function createInspectBotToken(options: { apiRoot: string; platformToken: Secret }): InspectBotToken {
  const platformBotId = readBotId(options.platformToken);
  // Two looks at once would take each other for another program.
  const running = new Map<string, Promise<BotTokenFinding>>();
  return (token) => {
    const botId = readBotId(token);
    if (botId === null) return Promise.resolve({ kind: "refused" });
    if (botId === platformBotId) return Promise.resolve({ kind: "platform" });
    const key = token.reveal();
    const look = running.get(key) ?? inspect(key, options.apiRoot, botId).finally(() => running.delete(key));
    running.set(key, look);
    return look;
  };
}

async function inspect(token: string, apiRoot: string, botId: number): Promise<BotTokenFinding> {
  const api = new Api(token, { apiRoot, fetch: scrubbedFetch, timeoutSeconds: DEADLINE_SECONDS });
  try {
    const me = await api.getMe();
    if (!me.is_bot || me.id !== botId) return { kind: "refused" };
    const { url } = await api.getWebhookInfo();
    if (url !== undefined && url !== "") return { kind: "webhook", host: toHost(url) };
    if (await isPolled(api)) return { kind: "busy" };
    return { kind: "ok", botId, username: me.username, name: me.first_name };
  } catch (error) {
    if (isRefusedWith(error, 401, 404)) return { kind: "refused" };
    throw toAppError(error);
  }
}

/** Our first poll throws another poller off; its next one throws us off. Without an offset nothing is confirmed. */
async function isPolled(api: Api): Promise<boolean> {
  try {
    for (let probe = 0; probe < PROBES; probe++) await api.getUpdates({ limit: 1, timeout: PROBE_SECONDS });
    return false;
  } catch (error) {
    if (isRefusedWith(error, 409)) return true;
    throw error;
  }
}

function isRefusedWith(error: unknown, ...statuses: number[]): boolean {
  return error instanceof GrammyError && statuses.includes(error.error_code);
}

function toHost(url: string): string {
  return URL.canParse(url) ? new URL(url).host : url;
}
