/** What an assistant is asked to be: the spec that customers write, and the rules for its words. Nothing here has effects. */
import { AppError } from "./errors.ts";

export const MAX_NAME_LENGTH = 40;
export const MAX_INSTRUCTIONS_LENGTH = 5000;

/** Desired state of one assistant; every change of it bumps the row's `generation`. */
export type AssistantSpec = {
  assistantName: string;
  /** As the person wrote it, up to MAX_INSTRUCTIONS_LENGTH code points. */
  instructions: string;
  /** The only Telegram account that the assistant answers. Null: nobody has claimed it yet, so its channel is off. */
  ownerTelegramId: number | null;
  botId: number;
  /** Without @, in Telegram's own spelling. */
  botUsername: string;
  /** IANA name. */
  timeZone: string;
};

/** Length as Telegram and people count: code points, not UTF-16 units. */
export function countCharacters(text: string): number {
  return [...text].length;
}

/** Control characters (NUL too) carry nothing a person meant; line breaks and tabs stay. */
function withoutControlCharacters(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: removing them is the point.
  return text.replaceAll(/[\u0000-\u0008\u000B\u000C\u000E-\u001F\u007F]/g, "").replaceAll(/\r\n?/g, "\n");
}

const SAYS_SOMETHING = /[\p{L}\p{N}\p{Extended_Pictographic}]/u;

/** One line, trimmed. Throws `invalid` with words for the person. */
export function parseAssistantName(text: string): string {
  const name = withoutControlCharacters(text).replaceAll(/\s+/g, " ").trim();
  if (!SAYS_SOMETHING.test(name)) {
    throw new AppError("A name needs at least one letter, number or emoji.", { code: "invalid" });
  }
  const length = countCharacters(name);
  if (length > MAX_NAME_LENGTH) {
    throw new AppError(`That name has ${length} characters; ${MAX_NAME_LENGTH} is the most I can take.`, {
      code: "invalid",
    });
  }
  return name;
}

/** Throws `invalid` with words for the person; what they wrote is otherwise kept as it is. */
export function parseInstructions(text: string): string {
  const instructions = withoutControlCharacters(text).trim();
  if (!SAYS_SOMETHING.test(instructions)) {
    throw new AppError("Please tell me in a few words what your assistant should help with.", { code: "invalid" });
  }
  const length = countCharacters(instructions);
  if (length > MAX_INSTRUCTIONS_LENGTH) {
    throw new AppError(
      `That is ${length} characters; ${MAX_INSTRUCTIONS_LENGTH} is the most I can take. Please shorten it a little.`,
      { code: "invalid" },
    );
  }
  return instructions;
}
