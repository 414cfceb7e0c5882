/** A ChatMessage as grammY sends it. Link previews are off, since they would fetch pages that are a person's alone. */
import { type Context, GrammyError } from "grammy";
import type { ChatMessage } from "#src/domain/ports/messenger.ts";

export async function say(ctx: Context, message: ChatMessage): Promise<void> {
  await ctx.reply(message.html, {
    parse_mode: "HTML",
    link_preview_options: { is_disabled: true },
    ...(message.buttons === undefined ? {} : { reply_markup: { inline_keyboard: message.buttons.map(toRow) } }),
  });
}

function toRow(row: NonNullable<ChatMessage["buttons"]>[number]) {
  return row.map((button) =>
    "url" in button
      ? { text: button.text, url: button.url }
      : { text: button.text, callback_data: button.callbackData },
  );
}

/** Removes the person's message; false when Telegram does not let us (it is gone already, or too old). */
export async function removeMessage(ctx: Context): Promise<boolean> {
  try {
    await ctx.deleteMessage();
    return true;
  } catch (error) {
    if (error instanceof GrammyError && error.error_code === 400) return error.description.includes("not found");
    throw error;
  }
}
