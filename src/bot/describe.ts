/** How the platform's bot presents itself in Telegram: its commands, and the words in a chat that is still empty. */
import type { Api } from "grammy";
import * as wording from "#conversations/wording.ts";
import type { Logger } from "#src/domain/logger.ts";
import { COMMANDS } from "./commands.ts";

/** Reads first and writes what differs, since Telegram limits these calls strictly. Never throws: nothing depends on it. */
export async function describeBot({ api, logger }: { api: Api; logger: Logger }): Promise<void> {
  try {
    const { description } = await api.getMyDescription();
    if (description !== wording.DESCRIPTION) await api.setMyDescription(wording.DESCRIPTION);
    const { short_description: short } = await api.getMyShortDescription();
    if (short !== wording.SHORT_DESCRIPTION) await api.setMyShortDescription(wording.SHORT_DESCRIPTION);
    const commands = await api.getMyCommands();
    if (JSON.stringify(commands) !== JSON.stringify(COMMANDS)) await api.setMyCommands(COMMANDS);
  } catch (error) {
    logger.warn({ err: error }, "the bot's description was not brought up to date");
  }
}
