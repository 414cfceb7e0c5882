/** Finds the chat and the message that a call names, and refuses in the server's words where there is none. */
import type { Parameters } from "./parameters.ts";
import { badRequest, Refusal } from "./refusal.ts";
import type { Call } from "./stage.ts";
import { type Chat, findChat, findMessage, type StoredMessage } from "./world.ts";

/** Private chats only, by the person's id. A person who never wrote to this bot is no chat of it. */
export function chatOf({ world, bot, parameters }: Call): Chat {
  if (parameters.text("chat_id") === "") throw badRequest("chat_id is empty");
  const chat = findChat(world, parameters.integer("chat_id"), bot.id);
  if (chat === undefined) throw badRequest("chat not found");
  return chat;
}

export function messageOf(chat: Chat, parameters: Parameters, notFound: string): StoredMessage {
  const id = parameters.integer("message_id");
  if (id <= 0) throw badRequest("message identifier is not specified");
  const message = findMessage(chat, id);
  if (message === undefined) throw badRequest(notFound);
  return message;
}

export function requireUnblocked(chat: Chat): void {
  if (chat.blocked) throw new Refusal(403, "Forbidden: bot was blocked by the user");
}
