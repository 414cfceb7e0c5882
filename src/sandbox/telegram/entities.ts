/**
 * Entities of a message: what Telegram finds by itself in plain text (commands, links, addresses, mentions), and how
 * they move when text is cleaned. Offsets and lengths are UTF-16 units. Hashtags, phones and the like are left out.
 */

export type Entity = { type: string; offset: number; length: number; url?: string; language?: string; user?: unknown };

export type FormattedText = { text: string; entities: Entity[] };

const FINDERS: { type: string; pattern: RegExp }[] = [
  {
    type: "url",
    pattern:
      /(?<![\w@/.-])(?:https?:\/\/[^\s<>"]+|(?:[a-z0-9-]+\.)+(?:com|org|net|io|me|dev|app|ai)(?:\/[^\s<>"]*)?)(?![\w@])/gi,
  },
  { type: "email", pattern: /(?<![\w.+-])[\w.+-]+@[a-z0-9-]+(?:\.[a-z0-9-]+)+/gi },
  { type: "bot_command", pattern: /(?<![\w/<>])\/[A-Za-z0-9_]{1,64}(?:@[A-Za-z0-9_]{3,32})?(?![\w/])/g },
  { type: "mention", pattern: /(?<![\w@/.])@[A-Za-z][A-Za-z0-9_]{3,31}(?!\w)/g },
];

const CLOSED_TO_FINDING = new Set(["code", "pre", "text_link", "text_mention"]);

/** The text's own entities and `given` together, in Telegram's order: by offset, the longer one first. */
export function withFoundEntities(text: string, given: Entity[]): Entity[] {
  const all = [...given];
  const closed = given.filter((each) => CLOSED_TO_FINDING.has(each.type));
  for (const { type, pattern } of FINDERS) {
    for (const match of text.matchAll(pattern)) {
      const found = { type, offset: match.index, length: trimLinkEnd(type, match[0]).length };
      if (!closed.some((each) => overlap(each, found))) {
        all.push(found);
        closed.push(found);
      }
    }
  }
  return all.sort((a, b) => a.offset - b.offset || b.length - a.length);
}

/** A full stop or a bracket at the end of a link belongs to the sentence. */
function trimLinkEnd(type: string, found: string): string {
  return type === "url" ? found.replace(/[.,:;!?'")\]]+$/, "") : found;
}

function overlap(a: Entity, b: Entity): boolean {
  return a.offset < b.offset + b.length && b.offset < a.offset + a.length;
}

/**
 * As the server cleans what bots send: control characters become blanks, carriage returns and bidirectional controls
 * vanish, blanks at both ends go, and the entities move along.
 */
export function cleanText({ text, entities }: FormattedText): FormattedText {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is replaced.
  const blanked = text.replaceAll(/[\u0000-\u0009\u000B\u000C\u000E-\u001F]/g, " ");
  const movedTo: number[] = [];
  let kept = "";
  for (let i = 0; i < blanked.length; i++) {
    movedTo.push(kept.length);
    const unit = blanked.charAt(i);
    if (unit !== "\r" && !(unit >= "\u2028" && unit <= "\u202E")) kept += unit;
  }
  movedTo.push(kept.length);
  const trimmed = kept.trim();
  const shift = kept.length - kept.trimStart().length;
  const place = (offset: number) => Math.min(Math.max((movedTo[offset] ?? kept.length) - shift, 0), trimmed.length);
  const moved = entities.map((each) => {
    const offset = place(each.offset);
    return { ...each, offset, length: place(each.offset + each.length) - offset };
  });
  return { text: trimmed, entities: moved.filter((each) => each.length > 0) };
}
