/** A text file that a person sent, as text. It reads small plain text and nothing else. */
import type { BotContext } from "#conversations/context.ts";
import { AppError } from "#src/domain/errors.ts";
import type { BotOptions } from "./options.ts";

const MAX_BYTES = 20_000;
const DEADLINE_MS = 15_000;

/** Null for what is no .txt file of at most 20 kB. Throws `unavailable` when Telegram does not give it. */
export async function readTextFile(options: BotOptions, ctx: BotContext): Promise<string | null> {
  const document = ctx.message?.document;
  if (!document?.file_name?.toLowerCase().endsWith(".txt") || (document.file_size ?? 0) > MAX_BYTES) return null;
  const { file_path: path } = await ctx.getFile();
  if (path === undefined) return null;
  try {
    const url = `${options.apiRoot}/file/bot${options.token.reveal()}/${path}`;
    const answer = await fetch(url, { signal: AbortSignal.timeout(DEADLINE_MS) });
    if (answer.status >= 500) throw new Error(`status ${answer.status}`);
    const bytes = Buffer.from(await answer.arrayBuffer());
    return !answer.ok || bytes.length > MAX_BYTES ? null : decode(bytes);
  } catch {
    // biome-ignore lint/style/useErrorCause: its text may hold the address, and that the token.
    throw new AppError("The file can't be read at the moment. Please send it again.", { code: "unavailable" });
  }
}

/** UTF-8 as a rule; editors on Windows write the other two. */
function decode(bytes: Buffer): string {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return new TextDecoder("utf-16le").decode(bytes);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder("windows-1252").decode(bytes);
  }
}
