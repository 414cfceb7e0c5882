/** Methods that put something into a chat: texts, edits, deletions, documents and photos, typing. */
import { chatOf, messageOf, requireUnblocked } from "./chat-lookup.ts";
import { readCaption, readMessageText } from "./formatted-text.ts";
import { isObject, type Parameters } from "./parameters.ts";
import { badRequest } from "./refusal.ts";
import { type ReplyMarkup, readInlineKeyboard, readReplyMarkup } from "./reply-markup.ts";
import { type Call, type Method, secondsNow } from "./stage.ts";
import { toMessage } from "./wire-objects.ts";
import { addFile, type Chat, findMessage, type StoredMessage } from "./world.ts";

const DELETABLE_SECONDS = 48 * 3600;
const TYPING_SECONDS = 5;
const ACTIONS =
  /^(typing|upload_(photo|video|voice|document|video_note)|record_(video|voice|video_note)|choose_sticker|find_location)$/;

export const messageMethods: Record<string, Method> = {
  sendMessage: (call) => {
    const formatted = readMessageText(call.parameters);
    return add(call, { kind: "text", ...formatted });
  },
  sendDocument: (call) => sendFile(call, "document"),
  sendPhoto: (call) => sendFile(call, "photo"),
  editMessageText,
  editMessageReplyMarkup: (call) => {
    const { chat, message } = editable(call);
    return applyEdit(call, chat, message, { ...message }, readInlineKeyboard(call.parameters));
  },
  deleteMessage: (call) => {
    const id = call.parameters.integer("message_id");
    if (id <= 0) throw badRequest("message identifier is not specified");
    const chat = chatOf(call);
    const message = findMessage(chat, id);
    if (message === undefined) throw badRequest("message to delete not found");
    if (!isDeletable(call, message)) throw badRequest("message can't be deleted");
    chat.messages = chat.messages.filter((each) => each !== message);
    return true;
  },
  deleteMessages: (call) => {
    const ids = call.parameters.json("message_ids", "message identifiers");
    if (!Array.isArray(ids) || ids.length === 0) throw badRequest("message identifiers are not specified");
    if (ids.length > 100) throw badRequest("too many message identifiers specified");
    const chat = chatOf(call);
    chat.messages = chat.messages.filter(
      (each) => !(ids.map(Number).includes(each.message_id) && isDeletable(call, each)),
    );
    return true;
  },
  sendChatAction: (call) => {
    if (!ACTIONS.test(call.parameters.text("action"))) throw badRequest("wrong parameter action in request");
    const chat = chatOf(call);
    requireUnblocked(chat);
    chat.typingUntil = secondsNow(call.clock) + TYPING_SECONDS;
    return true;
  },
};

function isDeletable({ clock }: Call, message: StoredMessage): boolean {
  return secondsNow(clock) - message.date <= DELETABLE_SECONDS;
}

function add(call: Call, content: Pick<StoredMessage, "kind" | "text" | "entities" | "media">): unknown {
  const markup = readReplyMarkup(call.parameters);
  const chat = chatOf(call);
  requireUnblocked(chat);
  const replyTo = readReplyTo(call.parameters, chat);
  const message: StoredMessage = {
    message_id: chat.nextMessageId++,
    from: "bot",
    date: secondsNow(call.clock),
    ...content,
    ...(markup === undefined ? {} : { markup }),
    ...(replyTo === undefined ? {} : { reply_to: replyTo }),
  };
  chat.messages.push(message);
  chat.typingUntil = 0;
  return toMessage(call.world, chat, message);
}

function readReplyTo(parameters: Parameters, chat: Chat): number | undefined {
  const value = parameters.json("reply_parameters", "reply parameters");
  const wanted = isObject(value) ? Number(value.message_id) : parameters.integer("reply_to_message_id");
  if (!wanted) return undefined;
  if (findMessage(chat, wanted) !== undefined) return wanted;
  const isOptional = isObject(value)
    ? value.allow_sending_without_reply === true
    : parameters.boolean("allow_sending_without_reply");
  if (!isOptional) throw badRequest("message to be replied not found");
  return undefined;
}

/** Uploads only: a file id or an address in place of a file is refused. */
function sendFile(call: Call, kind: "document" | "photo"): unknown {
  const upload = call.parameters.file(kind);
  if (upload === undefined) throw badRequest(`there is no ${kind} in the request`);
  const formatted = readCaption(call.parameters);
  chatOf(call);
  const extension = /\.[A-Za-z0-9]{1,8}$/.exec(upload.fileName)?.[0] ?? "";
  const file = addFile(call.world, call.bot, `${kind}s`, extension, upload.content);
  const ids = { file_id: file.file_id, file_unique_id: file.file_unique_id, file_size: file.size };
  const media =
    kind === "photo"
      ? [{ ...ids, width: 800, height: 600 }]
      : { ...ids, file_name: upload.fileName, mime_type: upload.mimeType };
  return add(call, { kind, ...formatted, media });
}

function editMessageText(call: Call): unknown {
  const formatted = readMessageText(call.parameters);
  const markup = readInlineKeyboard(call.parameters);
  const { chat, message } = editable(call);
  if (message.kind !== "text") throw badRequest("there is no text in the message to edit");
  return applyEdit(call, chat, message, { ...message, ...formatted }, markup);
}

/** A message of the bot's own without a reply keyboard. */
function editable(call: Call): { chat: Chat; message: StoredMessage } {
  const chat = chatOf(call);
  const message = messageOf(chat, call.parameters, "message to edit not found");
  const isFixed = message.markup !== undefined && !("inline_keyboard" in message.markup);
  if (message.from !== "bot" || isFixed) throw badRequest("message can't be edited");
  return { chat, message };
}

function applyEdit(
  call: Call,
  chat: Chat,
  message: StoredMessage,
  next: StoredMessage,
  markup: ReplyMarkup | undefined,
): unknown {
  requireUnblocked(chat);
  const content = (each: StoredMessage, keyboard: unknown) =>
    JSON.stringify([each.text, each.entities, keyboard ?? null]);
  if (content(message, message.markup) === content(next, markup)) {
    throw badRequest(
      "message is not modified: specified new message content and reply markup are exactly the same as a current content and reply markup of the message",
    );
  }
  message.text = next.text;
  message.entities = next.entities;
  message.edit_date = secondsNow(call.clock);
  if (markup === undefined) delete message.markup;
  else message.markup = markup;
  return toMessage(call.world, chat, message);
}
