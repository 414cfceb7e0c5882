/**
 * The one table from errors to what the outside sees: HTTP status, public code, words. It writes no reply and no log;
 * create-web.ts does, for pages and API alike.
 */
import { AppError, type ErrorCode } from "#src/domain/errors.ts";

/** The PRD's codes (section 4.3 and appendix B), then those that HTTP itself needs. */
export const PUBLIC_ERRORS = {
  validation_failed: { status: 400, message: "Please check your input." },
  invalid_email: { status: 400, message: "Invalid email address." },
  invalid_bot_token: { status: 400, message: "Invalid Telegram bot token." },
  instructions_too_long: { status: 400, message: "Instructions too long." },
  already_exists: { status: 409, message: "Account already exists." },
  not_found: { status: 404, message: "There is nothing at this address." },
  at_capacity: { status: 503, message: "All places are taken at the moment. Nothing was charged." },
  provisioning_failed: { status: 500, message: "Setup failed, please contact support." },
  payment_failed: { status: 402, message: "Payment failed." },
  internal_error: { status: 500, message: "Something went wrong on our side." },
  forbidden: { status: 403, message: "That is not allowed." },
  payload_too_large: { status: 413, message: "That is more than we take in one request." },
  unsupported_media_type: { status: 415, message: "Please send JSON." },
  too_many_requests: { status: 429, message: "That was a little fast. Please try again in a minute." },
  unavailable: { status: 503, message: "This does not work at the moment. Please try again in a minute." },
} as const;

export type PublicErrorCode = keyof typeof PUBLIC_ERRORS;

const OF_APP_ERROR: Record<ErrorCode, PublicErrorCode> = {
  invalid: "validation_failed",
  forbidden: "forbidden",
  not_found: "not_found",
  conflict: "already_exists",
  unavailable: "unavailable",
  internal: "internal_error",
};

/** The framework's own refusals, by the status that it gives them. */
const OF_STATUS: Record<number, PublicErrorCode> = {
  404: "not_found",
  413: "payload_too_large",
  415: "unsupported_media_type",
  429: "too_many_requests",
};

export type ErrorReply = {
  status: number;
  body: { error: PublicErrorCode; message: string; details?: Record<string, unknown> };
};

/** Only an AppError that is not `internal` was written for the person who reads it; everything else gets the table's words. */
export function toErrorReply(error: unknown): ErrorReply {
  if (error instanceof AppError) {
    const code = OF_APP_ERROR[error.code];
    return toReply(code, error.code === "internal" ? undefined : error.message);
  }
  const status = error instanceof Error && "statusCode" in error ? Number(error.statusCode) : 500;
  const isRefusal = status >= 400 && status < 500;
  return toReply(isRefusal ? (OF_STATUS[status] ?? "validation_failed") : "internal_error");
}

export function toReply(code: PublicErrorCode, message: string = PUBLIC_ERRORS[code].message): ErrorReply {
  return { status: PUBLIC_ERRORS[code].status, body: { error: code, message } };
}
