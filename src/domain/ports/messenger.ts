/** The platform bot's voice, as the provisioner and the bot use it: a message, its buttons, and what became of it. */

export type Button = { text: string } & ({ url: string } | { callbackData: string });

/** `html` is Telegram's HTML subset; whatever a person wrote goes through `escapeHtml` first. */
export type ChatMessage = { html: string; buttons?: Button[][] };

export type Messenger = {
  /**
   * Gives the message's id. Throws AppError `forbidden` when the person blocked the bot or is gone,
   * `invalid` when Telegram refuses the text itself, `unavailable` otherwise (network, flood limit, 5xx).
   */
  send(chatId: number, message: ChatMessage): Promise<number>;
  /** `gone`: the message was deleted or can't be edited any more. Throws as `send`. */
  edit(chatId: number, messageId: number, message: ChatMessage): Promise<"edited" | "gone">;
};

export function escapeHtml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}
