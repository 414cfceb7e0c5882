/** Every word that the bot says in a dialogue, in one place: pure functions that give a message. When to say it is others'. */
import { MAX_INSTRUCTIONS_LENGTH } from "#src/domain/assistant.ts";
import { type Draft, toInstructionsText } from "#src/domain/draft.ts";
import { type Button, type ChatMessage, escapeHtml } from "#src/domain/ports/messenger.ts";
import { PRICE } from "#src/domain/price.ts";

const NAMES = ["Alex", "Max", "Nova", "Jarvis"] as const;

/** What an empty chat with the platform's bot shows; Telegram takes 512 characters. */
export const DESCRIPTION = `Your own private AI assistant on Telegram. It drafts, researches, plans and reminds, and it answers nobody but you. ${PRICE.text}, cancel any time. Press Start: it takes about two minutes.`;

/** What the bot's profile shows; Telegram takes 120 characters. */
export const SHORT_DESCRIPTION = "Your own private AI assistant on Telegram, set up in two minutes.";

export function welcome(): ChatMessage {
  return {
    html: [
      "👋 Hi! I set up <b>your own AI assistant</b>, here on Telegram.",
      "",
      "It drafts, researches, plans and reminds, and it knows your context from the first message. It is private: it answers nobody but you.",
      "",
      `It costs <b>${PRICE.text}</b>, and you can cancel at any time. Four short questions, about two minutes; you pay at the end.`,
    ].join("\n"),
  };
}

export function welcomeBack(): ChatMessage {
  return { html: "Welcome back! What you told me is kept, so we go on where we stopped." };
}

export function askName(): ChatMessage {
  return {
    html: "<b>1 of 4</b> · What should your assistant be called?\n\nPick one or write your own.",
    buttons: [NAMES.map((name) => ({ text: name, callbackData: `name:${name}` }))],
  };
}

export function askInstructions(name: string): ChatMessage {
  return {
    html: [
      `<b>2 of 4</b> · What should ${escapeHtml(name)} help you with?`,
      "",
      "Tell me a little about you and what you want help with, in one message or several. The more you tell, the better it will be. A .txt file works too.",
    ].join("\n"),
    buttons: [[{ text: "Examples", callbackData: "examples" }]],
  };
}

export function examples(): ChatMessage {
  return {
    html: [
      "Some that work well:",
      "",
      "<blockquote>I'm a freelance developer. I need help with:\n- Drafting proposals for new clients\n- Following up on unpaid invoices\n- Summarizing long emails</blockquote>",
      "<blockquote>I run a small photo studio in Porto. Help me answer enquiries kindly, plan my week and remember what each client likes.</blockquote>",
      "\nNow yours: just write it here.",
    ].join("\n"),
  };
}

const DONE: Button = { text: "Done", callbackData: "done" };
const START_OVER: Button = { text: "Start over", callbackData: "clear" };

export function instructionsSaved(length: number): ChatMessage {
  return {
    html: `Saved: ${length.toLocaleString("en")} of ${MAX_INSTRUCTIONS_LENGTH.toLocaleString("en")} characters. Send more, or press Done.`,
    buttons: [[DONE]],
  };
}

export function instructionsTooLong(length: number): ChatMessage {
  const over = (length - MAX_INSTRUCTIONS_LENGTH).toLocaleString("en");
  return {
    html: `All together that is ${over} ${length - MAX_INSTRUCTIONS_LENGTH === 1 ? "character" : "characters"} more than the ${MAX_INSTRUCTIONS_LENGTH.toLocaleString("en")} I can take, so I left this last part out. What came before it is kept. Send a shorter part, press Done, or start over.`,
    buttons: [[START_OVER, DONE]],
  };
}

export function changeInstructions(length: number): ChatMessage {
  return {
    html: `So far I have ${length.toLocaleString("en")} characters. Send more to add to them, press Start over to write them anew, or Done to keep them.`,
    buttons: [[START_OVER, DONE]],
  };
}

export function instructionsCleared(): ChatMessage {
  return { html: "All right, they are gone. What should it help you with?" };
}

export function instructionsMissing(): ChatMessage {
  return { html: "I have nothing yet. Tell me in a sentence or two what it should help you with, then press Done." };
}

export function askToken(name: string): ChatMessage {
  return {
    html: [
      `<b>3 of 4</b> · Every assistant on Telegram is a bot of its own. Making one takes a minute and is free:`,
      "",
      "1. Open @BotFather and send <code>/newbot</code>",
      `2. It asks for a name: send <code>${escapeHtml(name)}</code>`,
      "3. It asks for a username: any you like that ends in <code>bot</code>",
      "4. It sends you a token. Copy its whole message and paste it here.",
      "",
      "I remove your message at once and keep the token locked away.",
    ].join("\n"),
    buttons: [[{ text: "Open BotFather", url: "https://t.me/BotFather" }]],
  };
}

export function tokenMissing(): ChatMessage {
  return {
    html: "I see no token in that, or only a part of one. It looks like <code>1234567890:AAH…</code> and stands in BotFather's message after /newbot. Paste that whole message here.",
  };
}

export function tokenTaken(removed: boolean): ChatMessage {
  const about = removed
    ? "Thank you. I removed your message, so the token is not left lying in the chat."
    : "Thank you. Please delete your message with the token yourself; Telegram did not let me.";
  return { html: `${about} Checking it with Telegram…` };
}

export function tokenFound(username: string): ChatMessage {
  return { html: `✅ Found @${escapeHtml(username)}.` };
}

const AGAIN = "Then paste the new token here.";

export const tokenProblem = {
  refused: (): ChatMessage => ({
    html: `Telegram does not know this token (any more). Maybe a part is missing, or it was revoked. In @BotFather send /mybots, choose your bot, then API Token. ${AGAIN}`,
  }),
  platform: (): ChatMessage => ({
    html: "That is <i>my</i> token, not one of yours. Please make your own bot: send /newbot to @BotFather.",
  }),
  webhook: (host: string): ChatMessage => ({
    html: `This bot is already connected to another service (<code>${escapeHtml(host)}</code>). Make a fresh one with /newbot in @BotFather, or send /revoke there to take this one back. ${AGAIN}`,
  }),
  busy: (): ChatMessage => ({
    html: `Another program is using this bot right now. Stop it, or make a fresh bot with /newbot in @BotFather. ${AGAIN}`,
  }),
  taken: (): ChatMessage => ({
    html: `This bot already belongs to another assistant here. Make a fresh one with /newbot in @BotFather. ${AGAIN}`,
  }),
};

/** Telegram could not be asked, and the message with the token is gone from the chat. */
export function tokenUnchecked(): ChatMessage {
  return {
    html: "Telegram did not answer when I asked about that token, so I have not kept it. Please paste it once more in a minute or two.",
  };
}

export function tokenUnasked(removed: boolean): ChatMessage {
  const about = removed
    ? "I removed that message, since it held a bot's token."
    : "That message holds a bot's token. Please delete it yourself; Telegram did not let me.";
  return { html: `${about} I kept nothing of it. Send /start, and I will ask for a token when it is time.` };
}

export function review(draft: Draft): ChatMessage {
  const text = toInstructionsText(draft.instructions);
  const start = [...text].slice(0, 400).join("");
  return {
    html: [
      "<b>4 of 4</b> · Is this right?",
      "",
      `<b>Name:</b> ${escapeHtml(draft.name ?? "")}`,
      `<b>Bot:</b> @${escapeHtml(draft.bot?.username ?? "")}`,
      "<b>Helps with:</b>",
      `<blockquote>${escapeHtml(start)}${start.length < text.length ? " …" : ""}</blockquote>`,
    ].join("\n"),
    buttons: [
      [{ text: "Looks good", callbackData: "confirm" }],
      [
        { text: "Change name", callbackData: "edit:name" },
        { text: "Change instructions", callbackData: "edit:instructions" },
      ],
      [{ text: "Change bot", callbackData: "edit:token" }],
    ],
  };
}

type Order = { assistantName: string; botUsername: string };

/** `heldMinutes`: how long the place is still held; 0 or less when that is not worth a word. */
export function offer(
  { assistantName, botUsername }: Order,
  { payUrl, heldMinutes }: { payUrl: string; heldMinutes: number },
): ChatMessage {
  const minutes = heldMinutes === 1 ? "one more minute" : `${heldMinutes} minutes`;
  const held = heldMinutes < 1 ? "" : ` I hold your place for ${minutes}.`;
  return {
    html: [
      `<b>${escapeHtml(assistantName)}</b> (@${escapeHtml(botUsername)}) is ready to be set up.${held}`,
      "",
      "After paying, come back here: you can watch it come alive, and it answers within a minute or so.",
    ].join("\n"),
    buttons: [[{ text: `Pay ${PRICE.text}`, url: payUrl }], [{ text: "Change something", callbackData: "change" }]],
  };
}

export function full(): ChatMessage {
  return {
    html: "All our places are taken at the moment, so I can't offer you one. Nothing was charged, and what you told me is kept. Please try again later.",
    buttons: [[{ text: "Try again", callbackData: "confirm" }]],
  };
}

export function alive({ assistantName, botUsername }: Order): ChatMessage {
  return {
    html: `<b>${escapeHtml(assistantName)}</b> is your assistant. Write to it in its own chat.`,
    buttons: [[{ text: `Open @${botUsername}`, url: `https://t.me/${botUsername}?start=hello` }]],
  };
}

export function suspended({ assistantName }: Order): ChatMessage {
  return { html: `<b>${escapeHtml(assistantName)}</b> is paused, because its subscription ended. Its memory is kept.` };
}

export function draftCancelled(): ChatMessage {
  return { html: "Cancelled: I forgot what you told me, and nothing was charged. Send /start whenever you like." };
}

export function orderCancelled(): ChatMessage {
  return {
    html: "Cancelled: your place is free again, and nothing was charged. (Paid at this very moment? Then I go on with it, and tell you here.) Changed your mind? Send /start.",
  };
}

export function cancelAfterPayment(supportContact: string | null): ChatMessage {
  const way =
    supportContact === null ? "write to the person who runs this service" : `write to ${escapeHtml(supportContact)}`;
  return {
    html: `You have paid already, so a person ends this for you: please ${way}. Your assistant stays with you until the end of the month that is paid.`,
  };
}

export function nothingToCancel(): ChatMessage {
  return { html: "There is nothing to cancel. Send /start to set up an assistant." };
}

export function statusOfNobody(): ChatMessage {
  return { html: `You have no assistant yet. Send /start to set one up: ${PRICE.text}, two minutes.` };
}

export function statusOfDraft(): ChatMessage {
  return {
    html: "You are in the middle of setting up your assistant; nothing is ordered yet. This is the open question:",
  };
}

export function help(supportContact: string | null): ChatMessage {
  return {
    html: [
      "I set up your own AI assistant on Telegram.",
      "",
      "/start · set up an assistant, or go on",
      "/status · how it stands",
      "/cancel · stop setting up, or end the subscription",
      ...(supportContact === null ? [] : ["", `A person answers at ${escapeHtml(supportContact)}.`]),
    ].join("\n"),
  };
}

export function unknownCommand(): ChatMessage {
  return { html: "I don't know that command. /help lists those that I do." };
}

export function textOnly(): ChatMessage {
  return { html: "I can only read text here, so please write it to me." };
}

export function fileUnreadable(): ChatMessage {
  return { html: "I can read .txt files of up to 20 kB. Or just write it here as a message." };
}

export function staleButton(): ChatMessage {
  return { html: "That button is from an earlier step. Here is where we are:" };
}

export function editOverlooked(): ChatMessage {
  return { html: "I saw your edit, but I go by what you send anew. Nothing has changed." };
}

export function editTaken(): ChatMessage {
  return { html: "Got your edit: I changed that part." };
}

export function chatter(): ChatMessage {
  return {
    html: "I am here to set assistants up. /status tells how yours stands, /start goes on, and /help lists the rest.",
  };
}

export function ourFault(): ChatMessage {
  return {
    html: "Something went wrong on our side, and I could not finish that. What you told me before is kept: send /start to go on.",
  };
}
