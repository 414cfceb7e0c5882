/**
 * A string that must not be seen: it prints as `[redacted]` wherever it ends up (logs, JSON, errors, inspect).
 * It does not encrypt; store/secrets.ts does that for what is kept.
 */
import { inspect } from "node:util";

export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  /** The only way to the value. Call it where the value leaves for the one reader that it is meant for. */
  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return "[redacted]";
  }

  toJSON(): string {
    return "[redacted]";
  }

  [inspect.custom](): string {
    return "[redacted]";
  }
}
