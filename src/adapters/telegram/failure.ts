/** Telegram's failures in the product's terms. What is kept as the cause never holds a token or a message's text. */
import { GrammyError, HttpError } from "grammy";
import { AppError, type ErrorCode } from "#src/domain/errors.ts";

/** 403 becomes `forbidden`, 400 `invalid`, everything else `unavailable`. */
export function toAppError(error: unknown): AppError {
  const cause = withoutPayload(error);
  if (!(error instanceof GrammyError)) {
    return new AppError("Telegram could not be reached.", { code: "unavailable", cause });
  }
  const codes: Partial<Record<number, ErrorCode>> = { 400: "invalid", 403: "forbidden" };
  const code = codes[error.error_code] ?? "unavailable";
  const words = {
    invalid: "Telegram refused the message.",
    forbidden: "This person can't be written to.",
    unavailable: "Telegram can't take this just now.",
  };
  return new AppError(words[code as keyof typeof words], { code, cause });
}

/** grammY's own errors carry the whole request. */
function withoutPayload(error: unknown): Error {
  if (error instanceof GrammyError) {
    return new Error(`${error.method}: ${error.error_code} ${error.description}`);
  }
  if (error instanceof HttpError) return new Error(error.message, { cause: error.error });
  return error instanceof Error ? error : new Error(String(error));
}
