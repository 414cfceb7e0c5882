/**
 * Telegram's HTML subset, with the server's own refusals and their byte offsets.
 * Custom emoji and dates are accepted and leave their plain text; everything else becomes an entity.
 */
import type { Entity, FormattedText } from "./entities.ts";
import { badRequest, type Refusal } from "./refusal.ts";

const TYPE_BY_TAG: Record<string, string | null> = {
  a: "text_link",
  b: "bold",
  strong: "bold",
  i: "italic",
  em: "italic",
  s: "strikethrough",
  strike: "strikethrough",
  del: "strikethrough",
  u: "underline",
  ins: "underline",
  "tg-spoiler": "spoiler",
  span: "spoiler",
  pre: "pre",
  code: "code",
  blockquote: "blockquote",
  "tg-emoji": null,
  "tg-time": null,
};

const NAMED: Record<string, string> = { lt: "<", gt: ">", amp: "&", quot: '"' };

type OpenTag = { name: string; attributes: Map<string, string>; offset: number };

export function parseHtml(source: string): FormattedText {
  const open: OpenTag[] = [];
  const entities: Entity[] = [];
  let text = "";
  let i = 0;
  while (i < source.length) {
    if (source[i] !== "<") {
      const character = decodeCharacter(source, i);
      text += character.text;
      i += character.consumed;
    } else if (source[i + 1] === "/") {
      i = closeTag(source, i, text, open, entities);
    } else {
      const tag = readStartTag(source, i);
      open.push({ name: tag.name, attributes: tag.attributes, offset: text.length });
      i = tag.end;
    }
  }
  const unclosed = open.at(-1);
  if (unclosed !== undefined) throw cannotParse(`Can't find end tag corresponding to start tag "${unclosed.name}"`);
  return { text, entities: joinPreAndCode(entities) };
}

/** `&lt;` and the other three names, `&#60;` and `&#x3c;`; any other ampersand is itself. */
function decodeCharacter(source: string, at: number): { text: string; consumed: number } {
  if (source[at] === "&") {
    const match = /^&(?:(lt|gt|amp|quot)|#(\d{1,7})|#x([0-9a-f]{1,6}));?/i.exec(source.slice(at, at + 12));
    if (match !== null) {
      const code = match[2] !== undefined ? Number(match[2]) : Number.parseInt(match[3] ?? "0", 16);
      const named = match[1] === undefined ? undefined : NAMED[match[1]];
      if (named !== undefined) return { text: named, consumed: match[0].length };
      if (code > 0 && code < 0x110000) return { text: String.fromCodePoint(code), consumed: match[0].length };
    }
  }
  return { text: source.charAt(at), consumed: 1 };
}

function readStartTag(source: string, start: number): { name: string; attributes: Map<string, string>; end: number } {
  const name = /^[^\s>]*/.exec(source.slice(start + 1))?.[0].toLowerCase() ?? "";
  let i = start + 1 + name.length;
  if (i >= source.length) throw cannotParse(`Unclosed start tag at byte offset ${byteOffset(source, start)}`);
  if (!Object.hasOwn(TYPE_BY_TAG, name)) {
    throw cannotParse(`Unsupported start tag "${name}" at byte offset ${byteOffset(source, start)}`);
  }
  const attributes = new Map<string, string>();
  while (source[i] !== ">") {
    const attribute = /^\s*([^\s=>]*)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([\w.-]+)))?\s*/.exec(source.slice(i));
    if (attribute === null || i + attribute[0].length >= source.length) {
      throw cannotParse(`Unclosed start tag at byte offset ${byteOffset(source, start)}`);
    }
    if (attribute[1] === "" && attribute[0].trim() !== "") {
      throw cannotParse(`Empty attribute name in the tag "${name}" at byte offset ${byteOffset(source, start)}`);
    }
    if (attribute[0] === "") {
      // An equal sign that no value follows: a quotation that is never closed, or a bare value with forbidden letters.
      const quoted = /^=\s*["']/.test(source.slice(i));
      const words = quoted ? "Unclosed start tag" : "Unexpected end of name token";
      throw cannotParse(`${words} at byte offset ${byteOffset(source, quoted ? start : i)}`);
    }
    const value = attribute[2] ?? attribute[3] ?? attribute[4] ?? "";
    if (attribute[1] !== "") attributes.set((attribute[1] ?? "").toLowerCase(), decodeAll(value));
    i += attribute[0].length;
  }
  if (name === "span" && attributes.get("class") !== "tg-spoiler") {
    throw cannotParse(`Tag "span" must have class "tg-spoiler" at byte offset ${byteOffset(source, start)}`);
  }
  return { name, attributes, end: i + 1 };
}

function closeTag(source: string, start: number, text: string, open: OpenTag[], entities: Entity[]): number {
  const tag = open.at(-1);
  if (tag === undefined) throw cannotParse(`Unexpected end tag at byte offset ${byteOffset(source, start)}`);
  const match = /^([^\s>]*)\s*>/.exec(source.slice(start + 2));
  if (match === null) throw cannotParse(`Unclosed end tag at byte offset ${byteOffset(source, start)}`);
  const name = match[1]?.toLowerCase() ?? "";
  if (name !== "" && name !== tag.name) {
    throw cannotParse(
      `Unmatched end tag at byte offset ${byteOffset(source, start)}, expected "</${tag.name}>", found "</${name}>"`,
    );
  }
  open.pop();
  const entity = toEntity(tag, text);
  if (entity !== undefined) entities.push(entity);
  return start + 2 + match[0].length;
}

function toEntity(tag: OpenTag, text: string): Entity | undefined {
  const content = text.slice(tag.offset);
  const type = TYPE_BY_TAG[tag.name];
  if (content === "" || type === null || type === undefined) return undefined;
  const base = { offset: tag.offset, length: content.length };
  if (type === "text_link") {
    const url = toLink(tag.attributes.get("href") || content);
    return url === undefined ? undefined : { type, ...base, url };
  }
  if (type === "blockquote" && tag.attributes.has("expandable")) return { type: "expandable_blockquote", ...base };
  const language = /^language-(.+)$/.exec(tag.attributes.get("class") ?? "")?.[1];
  return type === "code" && language !== undefined ? { type, ...base, language } : { type, ...base };
}

/** `<pre><code class="language-x">` is one block with a language; a language on code alone means nothing. */
function joinPreAndCode(entities: Entity[]): Entity[] {
  const codes = entities.filter((each) => each.type === "code");
  const inPre = (code: Entity) =>
    entities.find((each) => each.type === "pre" && each.offset === code.offset && each.length === code.length);
  for (const code of codes) {
    const pre = inPre(code);
    if (pre !== undefined && code.language !== undefined) pre.language = code.language;
  }
  return entities
    .filter((each) => each.type !== "code" || inPre(each) === undefined)
    .map(({ language, ...rest }) => (rest.type === "pre" && language !== undefined ? { ...rest, language } : rest));
}

/** The link as Telegram keeps it, or undefined for one that it would not follow. */
export function toLink(address: string): string | undefined {
  if (/^(tg|ton):\/\/\S+$/i.test(address)) return address;
  const whole = /^[a-z][a-z0-9+.-]*:\/\//i.test(address) ? address : `http://${address}`;
  if (!/^https?:\/\/\S+$/i.test(whole) || !URL.canParse(whole)) return undefined;
  const { hostname, href } = new URL(whole);
  return hostname.includes(".") || hostname.startsWith("[") ? href : undefined;
}

function decodeAll(source: string): string {
  let text = "";
  for (let i = 0; i < source.length; ) {
    const character = decodeCharacter(source, i);
    text += character.text;
    i += character.consumed;
  }
  return text;
}

function byteOffset(source: string, at: number): number {
  return Buffer.byteLength(source.slice(0, at));
}

function cannotParse(words: string): Refusal {
  return badRequest(`can't parse entities: ${words}`);
}
