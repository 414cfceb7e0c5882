/** Who the platform's bot is. Remembered, so that pages and webhooks are served though Telegram is down at a start. */
import { setTimeout as delay } from "node:timers/promises";
import { type Api, GrammyError } from "grammy";
import type { UserFromGetMe } from "grammy/types";
import { AppError } from "#src/domain/errors.ts";
import type { Logger } from "#src/domain/logger.ts";
import type { Secret } from "#src/domain/secret.ts";
import type { Store } from "#src/store/database.ts";
import { readSetting, writeSetting } from "#src/store/settings.ts";

const KEY = "platform_bot";
const RETRY_MS = 2000;

/** Asks Telegram until it answers, unless this token's bot is remembered. Throws `invalid` for a token it refuses. */
export async function readBotIdentity(options: {
  api: Api;
  token: Secret;
  store: Store;
  logger: Logger;
}): Promise<UserFromGetMe> {
  const { api, token, store, logger } = options;
  const remembered = readSetting(store, KEY);
  if (remembered !== null) {
    const bot = JSON.parse(remembered) as UserFromGetMe;
    if (token.reveal().startsWith(`${bot.id}:`)) return bot;
  }
  for (;;) {
    try {
      const bot = await api.getMe();
      writeSetting(store, KEY, JSON.stringify(bot));
      return bot;
    } catch (error) {
      if (error instanceof GrammyError && (error.error_code === 401 || error.error_code === 404)) {
        throw new AppError("BLYTZ_BOT_TOKEN: Telegram does not know this token. Get the right one from @BotFather.", {
          code: "invalid",
          cause: error,
        });
      }
      logger.warn({ err: error }, "Telegram does not answer; asking again");
      await delay(RETRY_MS);
    }
  }
}
