/** What people see: a chat as their phone shows it, and an overview of everything. No token is ever part of it. */
import { chatSchema } from "./control-schemas.ts";
import type { Entity } from "./entities.ts";
import { parseControl } from "./parse-control.ts";
import { type Stage, secondsNow } from "./stage.ts";
import { findBot, findChat, findPerson, type MessageKind, type StoredMessage } from "./world.ts";

type ViewedMessage = {
  message_id: number;
  from: "user" | "bot";
  kind: MessageKind;
  /** The text, or a medium's caption. */
  text: string;
  /** Unix seconds. */
  date: number;
  edited: boolean;
  /** Rows of an inline keyboard, or of a reply keyboard. */
  buttons: { text: string; url?: string }[][];
  entities?: Entity[];
  file_name?: string;
  /** Emoji that the bot put on it. */
  reactions?: string[];
};

export type ViewedChat = { messages: ViewedMessage[]; typing: boolean };

export type TelegramState = {
  bots: { id: number; username: string; name: string; owner: string; platform: boolean }[];
  users: { id: number; name: string }[];
  /** `last` is the last message's text or kind; `date` is Unix seconds. */
  chats: { user: string; bot: string; messages: number; last: string | null; date: number | null }[];
};

/** Oldest first; empty where nobody has written yet. Throws `not_found` for an unknown user or bot. */
export function readChat({ world, clock }: Stage, input: unknown): ViewedChat {
  const wanted = parseControl(chatSchema, input);
  const bot = findBot(world, wanted.bot);
  const chat = findChat(world, findPerson(world, wanted.user).id, bot.id);
  if (chat === undefined) return { messages: [], typing: false };
  return { messages: chat.messages.map(toViewed), typing: chat.typingUntil > secondsNow(clock) };
}

export function readState({ world }: Stage): TelegramState {
  const nameOf = (id: number) => world.people.find((each) => each.id === id)?.name ?? String(id);
  return {
    bots: world.bots.map((bot) => ({
      id: bot.id,
      username: bot.username,
      name: bot.names[""] ?? bot.name,
      owner: nameOf(bot.ownerId),
      platform: bot.platform,
    })),
    users: world.people.map(({ id, name }) => ({ id, name })),
    chats: world.chats.map((chat) => {
      const last = chat.messages.at(-1);
      return {
        user: nameOf(chat.userId),
        bot: world.bots.find((each) => each.id === chat.botId)?.username ?? "",
        messages: chat.messages.length,
        last: last === undefined ? null : last.text || last.kind,
        date: last?.date ?? null,
      };
    }),
  };
}

function toViewed(message: StoredMessage): ViewedMessage {
  const { media } = message;
  const fileName =
    typeof media === "object" && media !== null && "file_name" in media ? String(media.file_name) : undefined;
  const reactions = (message.reactions ?? []).map((each) => String((each as { emoji?: unknown }).emoji));
  return {
    message_id: message.message_id,
    from: message.from,
    kind: message.kind,
    text: message.text,
    date: message.date,
    edited: message.edit_date !== undefined,
    buttons: toButtons(message.markup),
    ...(message.entities.length === 0 ? {} : { entities: structuredClone(message.entities) }),
    ...(fileName === undefined ? {} : { file_name: fileName }),
    ...(reactions.length === 0 ? {} : { reactions }),
  };
}

function toButtons(markup: StoredMessage["markup"]): ViewedMessage["buttons"] {
  if (markup === undefined) return [];
  if ("keyboard" in markup) return markup.keyboard.map((row) => row.map(({ text }) => ({ text })));
  if (!("inline_keyboard" in markup)) return [];
  return markup.inline_keyboard.map((row) =>
    row.map(({ text, url }) => (url === undefined ? { text } : { text, url })),
  );
}
