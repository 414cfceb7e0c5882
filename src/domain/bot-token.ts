/**
 * Bot tokens as people paste them: finding one in whatever text, and hiding all of them.
 * Only the form is judged, and loosely, since no form is future-proof; whether a token works, Telegram decides
 * (`inspectBotToken`, whose findings are named here).
 */
import { Secret } from "./secret.ts";

/** What Telegram says about a token. */
export type BotTokenFinding =
  | { kind: "ok"; botId: number; username: string; name: string }
  /** Telegram does not know it, or no longer. */
  | { kind: "refused" }
  /** It is the platform bot's own. */
  | { kind: "platform" }
  /** Another program receives this bot's messages at that host. */
  | { kind: "webhook"; host: string }
  /** Another program is polling with it right now. */
  | { kind: "busy" };

/** `inspectBotToken` as the bot and the web are handed it. Throws AppError `unavailable` when Telegram can't be asked. */
export type InspectBotToken = (token: Secret) => Promise<BotTokenFinding>;

/** An id, a colon that blanks may follow, a secret; "bot" may stand in front, as in the API's addresses. */
const TOKEN = /(?<![0-9A-Za-z_-])(bot)?([1-9]\d{5,15}):[ \t]*([A-Za-z0-9_-]{30,60})(?![A-Za-z0-9_-])/gi;

/** What a web form may send: form only, loose enough for every example in circulation. */
export function isBotTokenForm(text: string): boolean {
  return /^\d+:[\w-]{20,}$/.test(text);
}

/** Each different token in the text, in its order. Invisible characters that a copy brings along are overlooked. */
export function extractBotTokens(text: string): Secret[] {
  const found = [...withoutInvisible(text).matchAll(TOKEN)].map(([, , id, secret]) => `${id}:${secret}`);
  return [...new Set(found)].map((token) => new Secret(token));
}

export function containsBotToken(text: string): boolean {
  return extractBotTokens(text).length > 0;
}

/** The text with every token replaced by `<token>`; the rest stays as it is. */
export function redactBotTokens(text: string): string {
  const redact = (each: string) =>
    each.replaceAll(TOKEN, (_whole, prefix: string | undefined) => `${prefix ?? ""}<token>`);
  const redacted = redact(text);
  // A token that invisible characters run through is only seen without them; then the text without them is what stays.
  return containsBotToken(redacted) ? redact(withoutInvisible(text)) : redacted;
}

/** The bot that the token belongs to, which is its part before the colon. Null when that is no number. */
export function readBotId(token: Secret): number | null {
  const id = /^(\d{1,15}):/.exec(token.reveal())?.[1];
  return id === undefined ? null : Number(id);
}

/** Zero-width characters and joiners, soft hyphens and byte-order marks. */
function withoutInvisible(text: string): string {
  return text.replaceAll(/[\u00AD\u200B-\u200F\u2060\uFEFF]/g, "");
}
