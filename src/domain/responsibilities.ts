/** What an assistant is to help with, as a list, out of freeform text. Pure; it shortens, and never adds a word. */

const MOST = 12;
const LONGEST = 200;

const BULLET = /^\s*(?:[-*+•‣◦–—·▪●]|\p{Extended_Pictographic}\uFE0F?)\s+(?=\S)/u;
const NUMBER = /^\s*\(?(?:\d{1,2}|[a-zA-Z])[.)]\s+(?=\S)/;
const LINE_BREAK = /\r\n|[\n\r\v\f\u0085\u2028\u2029]/;

/**
 * The bulleted or numbered lines, where there are any; else the sentences. At most 12, each one line of at most 200
 * characters; [] only for a text without any word.
 */
export function parseResponsibilities(text: string): string[] {
  const lines = toLines(text);
  const items = lines.filter((line) => BULLET.test(line) || NUMBER.test(line)).map(withoutMark);
  const found = items.length > 0 ? items : lines.flatMap(toSentences);
  return [...new Set(found.map(tidy).filter((item) => /[\p{L}\p{N}]/u.test(item)))].slice(0, MOST);
}

/** Whatever Unicode calls the end of a line is one here. */
export function toLines(text: string): string[] {
  return text.split(LINE_BREAK);
}

function withoutMark(line: string): string {
  return line.replace(BULLET, "").replace(NUMBER, "");
}

/** An introduction such as "I need help with:" names nothing itself. */
function toSentences(line: string): string[] {
  return line
    .split(/(?<=[.!?])\s+(?=[\p{Lu}\p{Lo}\p{N}])|(?<=[。！？])\s*(?=\S)/u)
    .filter((sentence) => !/[:：]\s*$/.test(sentence));
}

function tidy(item: string): string {
  const line = item.replaceAll(/\s+/gu, " ").trim();
  const characters = [...line];
  return characters.length <= LONGEST ? line : `${characters.slice(0, LONGEST - 1).join("")}…`;
}
