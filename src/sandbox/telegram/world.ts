/**
 * All that the stand-in knows: bots, people, their chats and files, as plain JSON, so that a snapshot is a copy.
 * It looks things up and adds them; the rules of the Bot API stand in the methods, those of people in the controls.
 */
import { AppError } from "#src/domain/errors.ts";
import type { Entity } from "./entities.ts";
import type { ReplyMarkup } from "./reply-markup.ts";

export type MessageKind = "text" | "sticker" | "photo" | "voice" | "document";

export type StoredMessage = {
  message_id: number;
  from: "user" | "bot";
  kind: MessageKind;
  /** Unix seconds, as everywhere in Telegram. */
  date: number;
  edit_date?: number;
  /** The text, or the caption of a medium. */
  text: string;
  entities: Entity[];
  markup?: ReplyMarkup;
  /** What stands under the message's kind on the wire, for all kinds but text. */
  media?: unknown;
  reply_to?: number;
  reactions?: unknown[];
};

export type Chat = {
  userId: number;
  botId: number;
  blocked: boolean;
  /** Unix seconds until which the bot is shown as typing. */
  typingUntil: number;
  nextMessageId: number;
  messages: StoredMessage[];
};

export type Update = { update_id: number } & Record<string, unknown>;

type UpdateQueue = {
  nextUpdateId: number;
  pending: Update[];
  /** The last ones that were confirmed, kept for `redeliver`. */
  confirmed: Update[];
  /** To be given out once more, whatever offset is asked for. */
  again: Update[];
  allowed: string[] | null;
  webhookUrl: string;
};

export type BotAccount = {
  id: number;
  username: string;
  name: string;
  ownerId: number;
  platform: boolean;
  token: string;
  /** By language code, "" for the default. */
  names: Record<string, string>;
  descriptions: Record<string, string>;
  shortDescriptions: Record<string, string>;
  /** By scope and language code. */
  commands: Record<string, { command: string; description: string }[]>;
  queue: UpdateQueue;
};

export type Person = { id: number; name: string };

export type StoredFile = {
  file_id: string;
  file_unique_id: string;
  botId: number;
  path: string;
  size: number;
  base64: string;
};

type CallbackQuery = {
  id: string;
  botId: number;
  at: number;
  answered: { text: string; alert: boolean } | null;
};

export type World = {
  version: 1;
  nextPersonId: number;
  nextFile: number;
  bots: BotAccount[];
  people: Person[];
  chats: Chat[];
  files: StoredFile[];
  callbacks: CallbackQuery[];
};

export function createWorld(): World {
  return {
    version: 1,
    nextPersonId: 2001,
    nextFile: 0,
    bots: [],
    people: [
      { id: 1001, name: "customer" },
      { id: 9001, name: "operator" },
    ],
    chats: [],
    files: [],
    callbacks: [],
  };
}

/** Throws `invalid` for what is no snapshot of this version. */
export function restoreWorld(saved: unknown): World {
  if (typeof saved !== "object" || saved === null || (saved as { version?: unknown }).version !== 1) {
    throw new AppError("The saved Telegram state is not of this version.", { code: "invalid" });
  }
  return structuredClone(saved) as World;
}

/** `username` without @ (one in front is forgiven), in any case. Throws `not_found`. */
export function findBot(world: World, username: string): BotAccount {
  const wanted = username.replace(/^@/, "").toLowerCase();
  const bot = world.bots.find((each) => each.username.toLowerCase() === wanted);
  if (bot === undefined) throw new AppError(`There is no bot @${wanted} here.`, { code: "not_found" });
  return bot;
}

/** The person of that name or id; one who is not known yet comes into being. */
export function findOrAddPerson(world: World, user: string | number): Person {
  const id = typeof user === "number" ? user : /^\d+$/.test(user) ? Number(user) : undefined;
  const known = world.people.find((each) => (id === undefined ? each.name === user : each.id === id));
  if (known !== undefined) return known;
  if (id === undefined) {
    while (world.people.some((each) => each.id === world.nextPersonId)) world.nextPersonId++;
  }
  const person = { id: id ?? world.nextPersonId++, name: id === undefined ? String(user) : `user${id}` };
  world.people.push(person);
  return person;
}

export function findPerson(world: World, user: string | number): Person {
  const person = world.people.find((each) => each.name === user || String(each.id) === String(user));
  if (person === undefined) throw new AppError(`There is no user "${user}" here.`, { code: "not_found" });
  return person;
}

export function findChat(world: World, userId: number, botId: number): Chat | undefined {
  return world.chats.find((each) => each.userId === userId && each.botId === botId);
}

export function findOrAddChat(world: World, userId: number, botId: number): Chat {
  const known = findChat(world, userId, botId);
  if (known !== undefined) return known;
  const chat: Chat = { userId, botId, blocked: false, typingUntil: 0, nextMessageId: 1, messages: [] };
  world.chats.push(chat);
  return chat;
}

export function findMessage(chat: Chat, messageId: number): StoredMessage | undefined {
  return chat.messages.find((each) => each.message_id === messageId);
}

/** `bot` is who may fetch it; `folder` as Telegram names them, "documents" for instance. */
export function addFile(world: World, bot: BotAccount, folder: string, extension: string, content: Buffer): StoredFile {
  const number = world.nextFile++;
  const file: StoredFile = {
    file_id: `BQACAgIAAxkBAAI${bot.id.toString(36)}${number.toString(36).padStart(8, "0")}`,
    file_unique_id: `AgAD${number.toString(36).padStart(8, "0")}`,
    botId: bot.id,
    path: `${folder}/file_${number}${extension}`,
    size: content.length,
    base64: content.toString("base64"),
  };
  world.files.push(file);
  return file;
}
