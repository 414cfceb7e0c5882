/**
 * The messenger port on grammY's Api: the platform bot's messages, sent and edited.
 * It retries only what Telegram told it to repeat shortly; an answer that never came may mean that the message was
 * sent, so whether to send again is the outbox's decision.
 */
import { autoRetry } from "@grammyjs/auto-retry";
import { Api, GrammyError } from "grammy";
import type { InlineKeyboardButton } from "grammy/types";
import type { Button, ChatMessage, Messenger } from "#src/domain/ports/messenger.ts";
import type { Secret } from "#src/domain/secret.ts";
import { toAppError } from "./failure.ts";
import { scrubbedFetch } from "./scrubbed-fetch.ts";

const DEADLINE_SECONDS = 10;

/** `apiRoot` has no slash at its end. Each request has 10 s; a flood limit of up to 5 s is waited for, twice at most. */
export function createMessenger({ token, apiRoot }: { token: Secret; apiRoot: string }): Messenger {
  const api = new Api(token.reveal(), { apiRoot, fetch: scrubbedFetch, timeoutSeconds: DEADLINE_SECONDS });
  api.config.use(
    autoRetry({ maxRetryAttempts: 2, maxDelaySeconds: 5, rethrowHttpErrors: true, rethrowInternalServerErrors: true }),
  );
  return {
    async send(chatId, message) {
      try {
        const sent = await api.sendMessage(chatId, message.html, toOptions(message));
        return sent.message_id;
      } catch (error) {
        throw toAppError(error);
      }
    },
    async edit(chatId, messageId, message) {
      try {
        await api.editMessageText(chatId, messageId, message.html, toOptions(message));
        return "edited";
      } catch (error) {
        if (isRefusedWith(error, /message is not modified/)) return "edited";
        if (isRefusedWith(error, /message to edit not found|message can't be edited|MESSAGE_ID_INVALID/)) return "gone";
        throw toAppError(error);
      }
    },
  };
}

function isRefusedWith(error: unknown, words: RegExp): boolean {
  return error instanceof GrammyError && error.error_code === 400 && words.test(error.description);
}

function toOptions({ buttons = [] }: ChatMessage) {
  return {
    parse_mode: "HTML" as const,
    link_preview_options: { is_disabled: true },
    ...(buttons.length === 0
      ? {}
      : { reply_markup: { inline_keyboard: buttons.map((row) => row.map(toInlineButton)) } }),
  };
}

function toInlineButton(button: Button): InlineKeyboardButton {
  return "url" in button
    ? { text: button.text, url: button.url }
    : { text: button.text, callback_data: button.callbackData };
}
