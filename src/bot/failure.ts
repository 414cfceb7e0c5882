/** What an error of a handler means for its update: whether trying again may help, and whether anybody is there to be told. */
import { BotError, GrammyError, HttpError } from "grammy";
import { isAppError } from "#src/domain/errors.ts";

export type Failure =
  /** The network, Telegram or a flood limit: the same again helps, not sooner than `afterMs`. */
  | { kind: "again"; afterMs: number }
  /** The person blocked the bot or is gone. */
  | { kind: "gone" }
  /** Trying again changes nothing. */
  | { kind: "over" };

export function toFailure(error: unknown): Failure {
  const cause = error instanceof BotError ? error.error : error;
  if (cause instanceof HttpError || isAppError(cause, "unavailable")) return { kind: "again", afterMs: 0 };
  if (!(cause instanceof GrammyError)) return { kind: "over" };
  const { error_code: status, parameters } = cause;
  if (status === 403) return { kind: "gone" };
  // 401 means our own token: once the operator has mended it, what waited is answered.
  const helps = status === 401 || status === 429 || status >= 500;
  return helps ? { kind: "again", afterMs: (parameters.retry_after ?? 0) * 1000 } : { kind: "over" };
}
