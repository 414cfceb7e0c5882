/** The first question: the assistant's name. It waits for a text and knows nothing of what makes a good name. */
import type { BotConversation, InnerContext, TakeAnswer } from "./context.ts";

export function createOnboarding({ takeAnswer }: { takeAnswer: TakeAnswer }) {
  return async function onboarding(conversation: BotConversation, _ctx: InnerContext): Promise<void> {
    // The log holds one wait: an answer that does not do is forgotten, not piled up.
    const beginning = conversation.checkpoint();
    await conversation.waitFor("message:text", { next: true });
    const outcome = await conversation.external((outer) => takeAnswer(outer));
    if (outcome === "open") await conversation.rewind(beginning);
  };
}
