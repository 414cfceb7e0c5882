/** The contexts of the bot and of its conversations, and what a question asks of its effects. Types only. */
import type { Conversation, ConversationFlavor } from "@grammyjs/conversations";
import type { Context } from "grammy";

export type BotContext = ConversationFlavor<Context>;

/** Inside a conversation the context is a plain one: what it did is replayed. */
export type InnerContext = Context;

export type BotConversation = Conversation<BotContext, InnerContext>;

/**
 * Takes one answer and stores it, says what follows, and tells whether the question is still open. It may be repeated: the
 * row that it writes is the truth, a conversation only waits.
 */
export type TakeAnswer = (ctx: BotContext) => Promise<"open" | "answered">;
