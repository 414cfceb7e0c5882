/** What an assistant is to help with, as a list, out of freeform text. Pure; it shortens, and never adds a word. */

const MOST = 12;
const LONGEST = 200;

/** Signs that also occur in running text need a blank after them; those that only ever begin an item do not. */
const BULLET = /^\s*(?:[\-*+–—·→]\s+|(?:[•‣⁃∙◦○●▪▫■□►▸・]|\p{RGI_Emoji}|\p{Extended_Pictographic}\uFE0F?)\s*)(?=\S)/v;
const CHECKBOX = /^\[[ xX]?\]\s+(?=\S)/;
/** 1. 1) (1) a) (a) in any script's digits and letters. "A. Smith" is a name, not an item. */
const NUMBER = /^\s*(?:\(?\p{Nd}{1,2}[.\)](?:\s+|(?=\p{L}))|\(?\p{L}\)\s+|\p{Nd}{1,2}[、．]\s*)(?=\S)/v;
// biome-ignore lint/suspicious/noControlCharactersInRegex: Unicode's paragraph separators are among them.
const LINE_BREAK = /\r\n|[\n\r\v\f\u001C-\u001E\u0085\u2028\u2029]/;
const INTRODUCTION = /[:：]\s*$/;

/**
 * The bulleted or numbered lines, where there are any; else what follows an introduction ("I need help with:"); else the
 * sentences; else the text itself. At most 12, each one line of at most 200 characters; [] only for a blank text.
 */
export function parseResponsibilities(instructions: string): string[] {
  const lines = toLines(instructions);
  const afterIntroduction = lines.slice(lines.findIndex((line) => INTRODUCTION.test(line)) + 1);
  for (const items of [toItems(lines), afterIntroduction.flatMap(toSentences), lines.flatMap(toSentences)]) {
    const found = [...new Set(items.map(tidy).filter((item) => /[\p{L}\p{N}]/u.test(item)))];
    if (found.length > 0) return found.slice(0, MOST);
  }
  return [tidy(lines.join(" "))].filter((text) => text !== "");
}

/** Whatever Unicode calls the end of a line is one here. */
export function toLines(text: string): string[] {
  return text.split(LINE_BREAK);
}

/** An indented line without a mark goes on with the item above it. */
function toItems(lines: readonly string[]): string[] {
  const items: string[] = [];
  let isWithinItem = false;
  for (const line of lines) {
    const isContinuation: boolean = isWithinItem && /^\s+\S/.test(line);
    if (BULLET.test(line) || NUMBER.test(line)) items.push(withoutMark(line));
    else if (isContinuation) items.push(`${items.pop()} ${line}`);
    isWithinItem = BULLET.test(line) || NUMBER.test(line) || isContinuation;
  }
  return items;
}

function withoutMark(line: string): string {
  return line.replace(BULLET, "").replace(CHECKBOX, "").replace(NUMBER, "");
}

/** The point of an initial ("A. Smith") ends nothing. */
function toSentences(line: string): string[] {
  return line
    .split(/(?<=[.!?])(?<!(?:^|\s)\p{L}\.)\s+(?=[\p{Lu}\p{Lo}\p{N}])|(?<=[。！？])\s*(?=\S)/u)
    .filter((sentence) => !INTRODUCTION.test(sentence));
}

function tidy(item: string): string {
  const line = item.replaceAll(/\s+/gu, " ").trim();
  const characters = [...line];
  return characters.length <= LONGEST ? line : `${characters.slice(0, LONGEST - 1).join("")}…`;
}
