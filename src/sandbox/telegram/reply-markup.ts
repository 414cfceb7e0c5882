/**
 * Keyboards: inline ones with links, callbacks and copied texts, reply keyboards with plain texts.
 * Buttons that need what the stand-in does not have (web apps, payments, shared contacts …) are refused.
 */
import { toLink } from "./html.ts";
import { isObject, type Parameters } from "./parameters.ts";
import { badRequest } from "./refusal.ts";

type InlineButton = {
  text: string;
  url?: string;
  callback_data?: string;
  copy_text?: { text: string };
  style?: string;
};

export type ReplyMarkup =
  | { inline_keyboard: InlineButton[][] }
  | { keyboard: { text: string }[][] }
  | { remove_keyboard: true }
  | { force_reply: true };

const MAX_CALLBACK_BYTES = 64;
const MAX_BUTTONS = 100;

/** Undefined when none is given, or an inline keyboard without buttons. */
export function readReplyMarkup(parameters: Parameters): ReplyMarkup | undefined {
  const value = parameters.json("reply_markup", "reply keyboard markup");
  if (value === undefined) return undefined;
  if (!isObject(value)) throw badRequest("object expected as reply markup");
  if (value.inline_keyboard !== undefined) {
    const rows = readRows(value.inline_keyboard, "inline_keyboard").map((row) => row.map(readInlineButton));
    if (rows.flat().length > MAX_BUTTONS) throw badRequest("reply markup is too long");
    return rows.length === 0 ? undefined : { inline_keyboard: rows };
  }
  if (value.keyboard !== undefined) {
    return { keyboard: readRows(value.keyboard, "keyboard").map((row) => row.map(readKeyboardButton)) };
  }
  if (value.remove_keyboard === true) return { remove_keyboard: true };
  if (value.force_reply === true) return { force_reply: true };
  return undefined;
}

/** For edits, which know inline keyboards only. */
export function readInlineKeyboard(parameters: Parameters): ReplyMarkup | undefined {
  const markup = readReplyMarkup(parameters);
  if (markup !== undefined && !("inline_keyboard" in markup)) throw badRequest("inline keyboard expected");
  return markup;
}

function readRows(value: unknown, field: string): unknown[][] {
  if (!Array.isArray(value)) throw badRequest(`Field "${field}" must be of type Array`);
  return value
    .map((row: unknown): unknown[] => {
      if (!Array.isArray(row)) throw badRequest(`Field "${field}" must be an Array of Arrays`);
      return row;
    })
    .filter((row) => row.length > 0);
}

function readInlineButton(value: unknown): InlineButton {
  const cannot = (words: string) => badRequest(`can't parse inline keyboard button: ${words}`);
  if (!isObject(value)) throw cannot("expected an Object");
  if (typeof value.text !== "string") throw cannot('Can\'t find field "text"');
  if (value.text.trim() === "") throw badRequest("inline keyboard button text must be non-empty");
  const button: InlineButton = { text: value.text };
  if (typeof value.style === "string") button.style = value.style;
  if (value.url !== undefined) {
    const url = typeof value.url === "string" ? toLink(value.url) : undefined;
    if (url === undefined) throw badRequest("BUTTON_URL_INVALID");
    return { ...button, url: String(value.url) };
  }
  if (value.callback_data !== undefined) {
    const bytes = Buffer.byteLength(String(value.callback_data));
    if (bytes === 0 || bytes > MAX_CALLBACK_BYTES) throw badRequest("BUTTON_DATA_INVALID");
    return { ...button, callback_data: String(value.callback_data) };
  }
  if (isObject(value.copy_text)) {
    const text = String(value.copy_text.text ?? "");
    if (text === "" || [...text].length > 256) throw badRequest("BUTTON_COPY_TEXT_INVALID");
    return { ...button, copy_text: { text } };
  }
  const others = Object.keys(value).filter((key) => !["text", "style", "icon_custom_emoji_id"].includes(key));
  if (others.length > 0) throw badRequest("BUTTON_TYPE_INVALID");
  throw cannot("Text buttons are unallowed in the inline keyboard");
}

function readKeyboardButton(value: unknown): { text: string } {
  const text = typeof value === "string" ? value : isObject(value) ? value.text : undefined;
  if (typeof text !== "string") throw badRequest("can't parse keyboard button: Can't find field \"text\"");
  if (text.trim() === "") throw badRequest("keyboard button text must be non-empty");
  if (isObject(value) && Object.keys(value).some((key) => key.startsWith("request_") || key === "web_app")) {
    throw badRequest("BUTTON_TYPE_INVALID");
  }
  return { text };
}
