/** Reads the text (or caption) of a call with its formatting, under the server's rules for emptiness and length. */
import { cleanText, type Entity, type FormattedText, withFoundEntities } from "./entities.ts";
import { parseHtml } from "./html.ts";
import { parseMarkdownV2 } from "./markdown.ts";
import { isObject, type Parameters } from "./parameters.ts";
import { badRequest } from "./refusal.ts";

const MAX_RAW_BYTES = 32_768;
export const MAX_TEXT_LENGTH = 4096;
const MAX_CAPTION_LENGTH = 1024;

export function readMessageText(parameters: Parameters): FormattedText {
  const raw = parameters.text("text");
  if (raw === "") throw badRequest("message text is empty");
  const formatted = readFormatted(parameters, raw, "entities");
  if (formatted.text === "") throw badRequest("text must be non-empty");
  if ([...formatted.text].length > MAX_TEXT_LENGTH) throw badRequest("message is too long");
  return formatted;
}

export function readCaption(parameters: Parameters): FormattedText {
  const formatted = readFormatted(parameters, parameters.text("caption"), "caption_entities");
  if ([...formatted.text].length > MAX_CAPTION_LENGTH) throw badRequest("message caption is too long");
  return formatted;
}

function readFormatted(parameters: Parameters, raw: string, entitiesName: string): FormattedText {
  if (Buffer.byteLength(raw) > MAX_RAW_BYTES) throw badRequest("text is too long");
  const clean = cleanText(parse(parameters, raw, entitiesName));
  return { text: clean.text, entities: withFoundEntities(clean.text, clean.entities) };
}

function parse(parameters: Parameters, raw: string, entitiesName: string): FormattedText {
  switch (parameters.text("parse_mode").toLowerCase()) {
    case "":
      return { text: raw, entities: readEntities(parameters.json(entitiesName, "entities")) };
    case "html":
      return parseHtml(raw);
    case "markdownv2":
      return parseMarkdownV2(raw);
    default:
      throw badRequest("unsupported parse_mode");
  }
}

function readEntities(value: unknown): Entity[] {
  if (value === undefined) return [];
  if (!Array.isArray(value)) throw badRequest("can't parse entities: Expected an Array of MessageEntity");
  return value.map((each: unknown) => {
    if (!isObject(each) || typeof each.type !== "string") {
      throw badRequest("can't parse MessageEntity: expected an Object");
    }
    const entity: Entity = { type: each.type, offset: Number(each.offset), length: Number(each.length) };
    if (!Number.isInteger(entity.offset) || !Number.isInteger(entity.length)) {
      throw badRequest('can\'t parse MessageEntity: Field "offset" must be of type Number');
    }
    if (typeof each.url === "string") entity.url = each.url;
    if (typeof each.language === "string") entity.language = each.language;
    return entity;
  });
}
