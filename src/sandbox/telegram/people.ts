/**
 * What people do: write, edit, send media and documents, press buttons, block and unblock.
 * They are held to what Telegram's own clients allow; groups, channels and forwarding are left out.
 */
import { randomInt } from "node:crypto";
import { AppError } from "#src/domain/errors.ts";
import { chatSchema, pressSchema, userMessageSchema } from "./control-schemas.ts";
import { withFoundEntities } from "./entities.ts";
import { MAX_TEXT_LENGTH } from "./formatted-text.ts";
import { parseControl } from "./parse-control.ts";
import { createMedia } from "./people-media.ts";
import { type Stage, secondsNow } from "./stage.ts";
import { toBotUser, toChat, toMessage, toUser } from "./wire-objects.ts";
import {
  type BotAccount,
  type Chat,
  findBot,
  findChat,
  findMessage,
  findOrAddChat,
  findOrAddPerson,
  findPerson,
  type StoredMessage,
} from "./world.ts";

const KEPT_CALLBACKS = 1000;

/**
 * The first message to a bot begins the chat. Gives the message's id, the last one of a text that had to be split.
 * Throws `invalid` and `not_found`.
 */
export function sendFromUser(stage: Stage, input: unknown): number {
  const wanted = parseControl(userMessageSchema, input);
  const bot = findBot(stage.world, wanted.bot);
  if (wanted.kind === "edit") return editFromUser(stage, bot, wanted);
  const texts = wanted.kind === "text" ? splitText(wanted.text) : [];
  if (wanted.kind === "text" && texts.length === 0) {
    throw new AppError("A message needs some text.", { code: "invalid" });
  }
  const person = findOrAddPerson(stage.world, wanted.user);
  const chat = findOrAddChat(stage.world, person.id, bot.id);
  requireNotBlocked(chat, person.name, bot);
  const contents =
    wanted.kind === "text"
      ? texts.map((text) => ({ kind: "text" as const, text }))
      : [createMedia(stage.world, bot, wanted)];
  const ids = contents.map((content) => addFromUser(stage, bot, chat, content));
  return ids.at(-1) as number;
}

function addFromUser(
  stage: Stage,
  bot: BotAccount,
  chat: Chat,
  content: Pick<StoredMessage, "kind" | "text" | "media">,
): number {
  const message: StoredMessage = {
    message_id: chat.nextMessageId++,
    from: "user",
    date: secondsNow(stage.clock),
    ...content,
    entities: withFoundEntities(content.text, []),
  };
  chat.messages.push(message);
  stage.feed.push(bot, "message", toMessage(stage.world, chat, message));
  return message.message_id;
}

function editFromUser(
  stage: Stage,
  bot: BotAccount,
  wanted: { user: string | number; message_id: number; text: string },
): number {
  const person = findPerson(stage.world, wanted.user);
  const { chat, message } = existing(stage, person.id, bot, wanted.message_id);
  requireNotBlocked(chat, person.name, bot);
  const text = wanted.text.trim();
  const refuse = (words: string) => new AppError(words, { code: "invalid" });
  if (message.from !== "user" || message.kind !== "text") throw refuse("Only one's own texts can be edited.");
  if (text === "" || [...text].length > MAX_TEXT_LENGTH) throw refuse("An edited text has 1 to 4096 characters.");
  if (text === message.text) throw refuse("The text is the same as before.");
  message.text = text;
  message.entities = withFoundEntities(text, []);
  message.edit_date = secondsNow(stage.clock);
  stage.feed.push(bot, "edited_message", toMessage(stage.world, chat, message));
  return message.message_id;
}

/**
 * Presses a button by its text. A link gives its `url`, a copy button what it `copied`; a callback goes to the bot,
 * whose answer nobody waits for here; a reply keyboard's button writes its text. Throws `invalid` and `not_found`.
 */
export function press(stage: Stage, input: unknown): { url?: string; copied?: string } {
  const wanted = parseControl(pressSchema, input);
  const bot = findBot(stage.world, wanted.bot);
  const person = findPerson(stage.world, wanted.user);
  const { chat, message } = existing(stage, person.id, bot, wanted.message_id);
  requireNotBlocked(chat, person.name, bot);
  const inline =
    message.markup !== undefined && "inline_keyboard" in message.markup ? message.markup.inline_keyboard.flat() : [];
  const reply = message.markup !== undefined && "keyboard" in message.markup ? message.markup.keyboard.flat() : [];
  if (reply.some((each) => each.text === wanted.button)) {
    addFromUser(stage, bot, chat, { kind: "text", text: wanted.button });
    return {};
  }
  const button = inline.find((each) => each.text === wanted.button);
  if (button === undefined) {
    const names = [...inline, ...reply].map((each) => `"${each.text}"`).join(", ");
    throw new AppError(`There is no button "${wanted.button}" on that message; it has ${names || "none"}.`, {
      code: "not_found",
    });
  }
  if (button.url !== undefined) return { url: button.url };
  if (button.copy_text !== undefined) return { copied: button.copy_text.text };
  const id = `${randomInt(1, 2 ** 40)}${randomInt(100_000, 1_000_000)}`;
  stage.world.callbacks.push({ id, botId: bot.id, at: secondsNow(stage.clock), answered: null });
  stage.world.callbacks.splice(0, stage.world.callbacks.length - KEPT_CALLBACKS);
  stage.feed.push(bot, "callback_query", {
    id,
    from: toUser(person),
    message: toMessage(stage.world, chat, message),
    chat_instance: `${chat.userId}${chat.botId}`,
    data: button.callback_data,
  });
  return {};
}

/** Blocks or unblocks; a repetition changes nothing. Throws `not_found` when there is no such chat. */
export function setBlocked(stage: Stage, input: unknown, blocked: boolean): void {
  const wanted = parseControl(chatSchema, input);
  const bot = findBot(stage.world, wanted.bot);
  const person = findPerson(stage.world, wanted.user);
  const chat = requireChat(stage, person.id, bot);
  if (chat.blocked === blocked) return;
  chat.blocked = blocked;
  const member = { user: toBotUser(bot), status: "member" };
  const kicked = { user: toBotUser(bot), status: "kicked", until_date: 0 };
  stage.feed.push(bot, "my_chat_member", {
    chat: toChat(person),
    from: toUser(person),
    date: secondsNow(stage.clock),
    old_chat_member: blocked ? member : kicked,
    new_chat_member: blocked ? kicked : member,
  });
}

function requireChat(stage: Stage, userId: number, bot: BotAccount): Chat {
  const chat = findChat(stage.world, userId, bot.id);
  if (chat === undefined) {
    throw new AppError(`This user has not written to @${bot.username} yet.`, { code: "not_found" });
  }
  return chat;
}

function existing(stage: Stage, userId: number, bot: BotAccount, messageId: number) {
  const chat = requireChat(stage, userId, bot);
  const message = findMessage(chat, messageId);
  if (message === undefined) {
    throw new AppError(`There is no message ${messageId} in this chat.`, { code: "not_found" });
  }
  return { chat, message };
}

function requireNotBlocked(chat: Chat, name: string, bot: BotAccount): void {
  if (chat.blocked) throw new AppError(`${name} has blocked @${bot.username}; unblock it first.`, { code: "invalid" });
}

/** As clients split a long paste: at most 4096 code points each, at a line's or a word's end where one is near. */
function splitText(text: string): string[] {
  const pieces: string[] = [];
  let rest = [...text.trim()];
  while (rest.length > MAX_TEXT_LENGTH) {
    const window = rest.slice(0, MAX_TEXT_LENGTH + 1);
    const near = (c: string) => (window.lastIndexOf(c) > MAX_TEXT_LENGTH / 2 ? window.lastIndexOf(c) : -1);
    const cut = [near("\n"), near(" "), MAX_TEXT_LENGTH].find((at) => at > 0) as number;
    pieces.push(rest.slice(0, cut).join("").trim());
    rest = [...rest.slice(cut).join("").trim()];
  }
  if (rest.length > 0) pieces.push(rest.join(""));
  return pieces;
}
