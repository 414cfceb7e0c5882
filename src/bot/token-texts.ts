/** Where in a message a bot's token may stand: anywhere that text can. It decides nothing about the token. */
import { extractBotTokens } from "#src/domain/bot-token.ts";
import type { Secret } from "#src/domain/secret.ts";

/**
 * The tokens in a message's text, its caption, what it quotes and whatever else of it is text: all of it would be kept in
 * a conversation's log.
 */
export function findTokens(message: object): Secret[] {
  return extractBotTokens(toTexts(message).join("\n"));
}

function toTexts(value: unknown): string[] {
  if (typeof value === "string") return [value];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(toTexts) : [];
}
