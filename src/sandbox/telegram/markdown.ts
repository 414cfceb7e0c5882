/**
 * MarkdownV2 as far as bots here use it: bold, italic, underline, strikethrough, spoiler, code, pre and links, with
 * the server's refusals for what is not escaped or not closed. Block quotes, custom emoji and dates are not offered.
 */
import type { Entity, FormattedText } from "./entities.ts";
import { toLink } from "./html.ts";
import { badRequest } from "./refusal.ts";

const RESERVED = "_*[]()~`>#+-=|{}.!";

/** Longer markers first: `__` is underline, not italic twice. */
const MARKERS: { mark: string; type: string; name: string }[] = [
  { mark: "```", type: "pre", name: "Pre" },
  { mark: "||", type: "spoiler", name: "Spoiler" },
  { mark: "__", type: "underline", name: "Underline" },
  { mark: "*", type: "bold", name: "Bold" },
  { mark: "_", type: "italic", name: "Italic" },
  { mark: "~", type: "strikethrough", name: "Strikethrough" },
  { mark: "`", type: "code", name: "Code" },
];

type Open = { mark: string; type: string; name: string; offset: number; at: number };

export function parseMarkdownV2(source: string): FormattedText {
  const open: Open[] = [];
  const entities: Entity[] = [];
  let text = "";
  let i = 0;
  while (i < source.length) {
    const c = source.charAt(i);
    const top = open.at(-1);
    if (c === "\\" && i + 1 < source.length && source.charCodeAt(i + 1) < 127) {
      text += source.charAt(i + 1);
      i += 2;
    } else if (!RESERVED.includes(c) || isVerbatim(top, source, i)) {
      text += c;
      i++;
    } else if (top !== undefined && source.startsWith(top.mark, i)) {
      open.pop();
      i = close(top, source, i, text, entities);
    } else {
      const begun = begin(source, i);
      open.push({ ...begun, offset: text.length, at: i });
      i += begun.consumed;
    }
  }
  const unclosed = open.at(-1);
  if (unclosed !== undefined) {
    throw cannotParse(`Can't find end of ${unclosed.name} entity at byte offset ${byteOffset(source, unclosed.at)}`);
  }
  return { text, entities };
}

/** Within code only its own end means anything. */
function isVerbatim(top: Open | undefined, source: string, at: number): boolean {
  return top !== undefined && (top.type === "pre" || top.type === "code") && !source.startsWith(top.mark, at);
}

function begin(source: string, at: number): { mark: string; type: string; name: string; consumed: number } {
  if (source[at] === "[") return { mark: "]", type: "text_link", name: "TextUrl", consumed: 1 };
  const marker = MARKERS.find(({ mark }) => source.startsWith(mark, at));
  if (marker === undefined) {
    throw cannotParse(`Character '${source[at]}' is reserved and must be escaped with the preceding '\\'`);
  }
  return { ...marker, consumed: marker.mark.length };
}

function close(top: Open, source: string, at: number, text: string, entities: Entity[]): number {
  const base = { offset: top.offset, length: text.length - top.offset };
  const after = at + top.mark.length;
  if (top.type !== "text_link") {
    if (base.length > 0) entities.push({ type: top.type, ...base });
    return after;
  }
  const match = /^\(((?:\\.|[^\\)])*)\)/.exec(source.slice(after));
  if (match === null) {
    throw cannotParse(`Can't find end of a URL at byte offset ${byteOffset(source, after)}`);
  }
  const url = toLink((match[1] ?? "").replaceAll(/\\(.)/g, "$1"));
  if (url !== undefined && base.length > 0) entities.push({ type: top.type, ...base, url });
  return after + match[0].length;
}

function byteOffset(source: string, at: number): number {
  return Buffer.byteLength(source.slice(0, at));
}

function cannotParse(words: string) {
  return badRequest(`can't parse entities: ${words}`);
}
