/**
 * How a person's words stand in a file of ours: as quotations that can't end themselves, made of characters that can't
 * act on our own text. It knows nothing of templates.
 */
import { toLines } from "#src/domain/responsibilities.ts";

/** Each of the person's lines, harmless but not yet quoted. */
export function toHarmlessLines(text: string): string[] {
  return toLines(text).map(toHarmless);
}

/** Every line begins as a quotation, so none of them is a heading, a marker or an end of ours. Nothing gives an empty one. */
export function quote(lines: readonly string[]): string {
  return (lines.length === 0 ? [""] : lines).map((line) => `> ${line}`.trimEnd()).join("\n");
}

/** One line, whatever the name holds; what Markdown would act on within a line is escaped. */
export function quoteName(name: string): string {
  const line = toHarmlessLines(name).join(" ").replaceAll(/\s+/g, " ").trim();
  return line.replaceAll(/[\\`*_[\]<>#|~]|&(?=#?\w+;)/g, "\\$&");
}

/**
 * Cuts lines in two so that the first part, quoted, has at most `most` UTF-16 units (what OpenClaw counts). Within a line
 * it cuts at a blank where there is one. Nothing is lost but that blank.
 */
export function divide(lines: readonly string[], most: number): [first: string[], rest: string[]] {
  let left = most;
  for (const [index, line] of lines.entries()) {
    const size = "> ".length + line.length + "\n".length;
    if (size > left) {
      const cut = findCut(line, left - "> \n".length);
      const head = line.slice(0, cut).trimEnd();
      const first = [...lines.slice(0, index), ...(head === "" ? [] : [head])];
      return [first, [line.slice(cut).trimStart(), ...lines.slice(index + 1)]];
    }
    left -= size;
  }
  return [[...lines], []];
}

function findCut(line: string, most: number): number {
  if (most <= 0) return 0;
  const blank = line.lastIndexOf(" ", most);
  if (blank > 0) return blank;
  const isPair = /[\uD800-\uDBFF]/.test(line[most - 1] ?? "");
  return isPair ? most - 1 : most;
}

/**
 * Gone are control characters and those that embed, override or isolate a direction of text: they carry no words, and could
 * show our own text in another order. Comments can't open or close (a zero-width space goes between), so our markers stay
 * ours. The order matters: what is taken out must not make a marker of what is left.
 */
function toHarmless(line: string): string {
  return (
    line
      .toWellFormed()
      // biome-ignore lint/suspicious/noControlCharactersInRegex: removing them is the point; tabs stay.
      .replaceAll(/[\u0000-\u0008\u000E-\u001F\u007F-\u009F\u202A-\u202E\u2066-\u2069]/g, "")
      .replaceAll("<!--", "<\u200B!--")
      .replaceAll("-->", "--\u200B>")
      .replaceAll(/blytz:(?=begin|end)/gi, "$&\u200B")
  );
}
