/** The second question: what the assistant is to help with. Pieces may come until a button ends it from outside. */
import type { BotConversation, InnerContext, TakeAnswer } from "./context.ts";

export function createInstructions({ takeAnswer }: { takeAnswer: TakeAnswer }) {
  return async function instructions(conversation: BotConversation, _ctx: InnerContext): Promise<void> {
    const beginning = conversation.checkpoint();
    await conversation.waitFor("message:text", { next: true });
    const outcome = await conversation.external((outer) => takeAnswer(outer));
    if (outcome === "open") await conversation.rewind(beginning);
  };
}
