/** What the loops tell people on their own account: the words, and nothing of when they are sent. */
import type { Customer } from "./customer.ts";
import { type ChatMessage, escapeHtml } from "./ports/messenger.ts";

type Named = Pick<Customer, "assistantName" | "botUsername">;

/** The assistant answers now. Telegram lets no bot speak first, so the button is the way in. */
export function toReadyMessage({ assistantName, botUsername }: Named): ChatMessage {
  const name = escapeHtml(assistantName);
  return {
    html: [
      `🎉 <b>${name} is live</b> and waiting for your first message.`,
      "",
      `Tap the button, press <b>Start</b>, and just begin. ${name} already knows what you told me, remembers what you talk about, and answers nobody but you.`,
      "",
      "Good first things to write:",
      "• What can you help me with this week?",
      "• Here is an email, draft a reply: …",
    ].join("\n"),
    buttons: [[{ text: `Open @${botUsername}`, url: `https://t.me/${botUsername}?start=hello` }]],
  };
}

/** The seat is free again because nobody paid in time; nothing was charged. */
export function toSeatReleasedMessage({ assistantName }: Named): ChatMessage {
  return {
    html: `The time to pay for <b>${escapeHtml(assistantName)}</b> has run out, and nothing was charged. What you told me is kept: send /start whenever you like to go on.`,
  };
}

export function toLateMessage({ assistantName }: Named, minutes: number): ChatMessage {
  return {
    html: `Setting up <b>${escapeHtml(assistantName)}</b> takes longer than the ${minutes} minutes that we promise. I am sorry. We have been told and I keep trying; I will write the moment it works. Your order is safe.`,
  };
}

export function toLateAlert(customerId: string, cause: string, minutes: number): ChatMessage {
  return {
    html: `⚠️ Order <b>${escapeHtml(customerId)}</b> is paid and not served after ${minutes} minutes. It stands at <code>${escapeHtml(cause)}</code>; the platform keeps trying.`,
  };
}
