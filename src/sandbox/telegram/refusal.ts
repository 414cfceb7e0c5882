/** How the Bot API says no: a status, its words and sometimes parameters. The words themselves are chosen where the rule stands. */

export class Refusal extends Error {
  override readonly name = "Refusal";
  readonly status: number;
  readonly retryAfter: number | undefined;

  /** `description` is the whole sentence, with its prefix ("Bad Request: …"). `retryAfter` is in seconds. */
  constructor(status: number, description: string, options: { retryAfter?: number | undefined; cause?: unknown } = {}) {
    super(description, { cause: options.cause });
    this.status = status;
    this.retryAfter = options.retryAfter;
  }
}

export function badRequest(words: string, cause?: unknown): Refusal {
  return new Refusal(400, `Bad Request: ${words}`, { cause });
}

export function conflict(words: string): Refusal {
  return new Refusal(409, `Conflict: ${words}`);
}
