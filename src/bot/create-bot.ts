/**
 * The bot's wiring: which update goes where, in an order that matters. A token is caught before any conversation sees it,
 * commands before any question takes them for an answer. The inbox feeds it; it polls nothing itself.
 */
import { autoRetry } from "@grammyjs/auto-retry";
import { type ConversationFlavor, conversations, createConversation } from "@grammyjs/conversations";
import { Bot, type Context } from "grammy";
import type { Update } from "grammy/types";
import type { BotContext } from "#conversations/context.ts";
import { createInstructions } from "#conversations/instructions.ts";
import { createOnboarding } from "#conversations/onboarding.ts";
import * as wording from "#conversations/wording.ts";
import { tell } from "#src/store/outbox.ts";
import { addAnswers } from "./answers.ts";
import { addButtons } from "./buttons.ts";
import { addCommands, isStart } from "./commands.ts";
import { createConversationStorage } from "./conversation-storage.ts";
import type { BotOptions } from "./options.ts";
import { endPaidDraft } from "./order.ts";
import { addTakeAnswer } from "./take-answer.ts";
import { takeToken } from "./token-step.ts";
import { findTokens } from "./token-texts.ts";
import { waitForAnswer } from "./wait-for-answer.ts";

export function createBot(options: BotOptions): {
  /** Handles one update to its end; throws what went wrong. The same update again repeats no effect that is recorded. */
  handle(update: Update): Promise<void>;
  /** Tells the person that their update was given up: at once, or by the outbox when Telegram can't be reached. */
  apologise(update: Update): Promise<void>;
} {
  const bot = new Bot<BotContext>(options.token.reveal(), {
    botInfo: options.botInfo,
    client: { apiRoot: options.apiRoot, timeoutSeconds: 30, fetch: options.fetch },
  });
  // A short flood limit is waited for here; whatever else failed is the inbox's to try again.
  bot.api.config.use(
    autoRetry({ maxRetryAttempts: 2, maxDelaySeconds: 5, rethrowHttpErrors: true, rethrowInternalServerErrors: true }),
  );
  const person = bot.filter((ctx) => ctx.chat?.type === "private" && ctx.from !== undefined);
  person.use((ctx, next) => {
    endPaidDraft(options, ctx);
    return next();
  });
  person.on(["message", "edited_message"], (ctx, next) => {
    const tokens = findTokens(ctx.msg);
    return tokens.length === 0 ? next() : takeToken(options, ctx, tokens);
  });
  person.use(
    conversations<Context & ConversationFlavor<Context>, Context>({ storage: createConversationStorage(options) }),
  );
  addCommands(person, options);
  const takeAnswer = addTakeAnswer(person, options);
  person.use(createConversation(createOnboarding({ takeAnswer }), "name"));
  person.use(createConversation(createInstructions({ takeAnswer }), "instructions"));
  addButtons(person, options);
  person.filter(isStart, (ctx) => waitForAnswer(options, ctx));
  addAnswers(person, options);
  return {
    handle: (update) => bot.handleUpdate(update),
    async apologise(update) {
      const chat = (update.message ?? update.edited_message ?? update.callback_query?.message)?.chat;
      if (chat?.type !== "private") return;
      try {
        await bot.api.sendMessage(chat.id, wording.ourFault().html, { parse_mode: "HTML" });
      } catch {
        tell(options.store, chat.id, `update:${update.update_id}`, wording.ourFault(), options.clock.now());
      }
    },
  };
}
