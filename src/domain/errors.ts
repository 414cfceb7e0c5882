/**
 * The one error class of the product and its codes.
 * It does not know HTTP statuses or chat wording: web/ and bot/ translate.
 */

/**
 * `invalid` and `forbidden` stop a reconcile (trying again changes nothing); every other code is retried.
 */
export type ErrorCode = "invalid" | "forbidden" | "not_found" | "conflict" | "unavailable" | "internal";

/** `message` is for the person it reaches; what only an operator should read goes into `cause`. */
export class AppError extends Error {
  override readonly name = "AppError";
  readonly code: ErrorCode;

  constructor(message: string, options: { code: ErrorCode; cause?: unknown }) {
    super(message, { cause: options.cause });
    this.code = options.code;
  }
}

export function isAppError(error: unknown, code?: ErrorCode): error is AppError {
  return error instanceof AppError && (code === undefined || error.code === code);
}

/** Whether trying the same thing again may help. */
export function isRetryable(error: unknown): boolean {
  return !(isAppError(error, "invalid") || isAppError(error, "forbidden"));
}
