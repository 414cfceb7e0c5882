/**
 * The parameters of one Bot API call, whichever way they came over the wire: numbers and booleans may be strings,
 * nested values may be JSON in a string. Unknown parameters are never looked at, as Telegram does.
 */
import { badRequest } from "./refusal.ts";

export type UploadedFile = { fileName: string; mimeType: string; content: Buffer };

export class Parameters {
  readonly #values: Record<string, unknown>;
  readonly #files: Map<string, UploadedFile>;

  constructor(values: Record<string, unknown>, files: Map<string, UploadedFile>) {
    this.#values = values;
    this.#files = files;
  }

  /** Empty when absent. */
  text(name: string): string {
    const value = this.#values[name];
    if (value === undefined || value === null) return "";
    return typeof value === "object" ? JSON.stringify(value) : String(value);
  }

  /** As the server reads integers: whatever is none counts as the fallback. */
  integer(name: string, fallback = 0): number {
    const text = this.text(name).trim();
    return /^-?\d{1,15}$/.test(text) ? Number(text) : fallback;
  }

  boolean(name: string): boolean {
    return ["true", "1", "yes"].includes(this.text(name).toLowerCase());
  }

  /** Undefined when absent or empty. Refuses a string that is no JSON, naming what it was to be. */
  json(name: string, what: string): unknown {
    const value = this.#values[name];
    if (value === undefined || value === null || value === "") return undefined;
    if (typeof value !== "string") return value;
    try {
      return JSON.parse(value);
    } catch (error) {
      throw badRequest(`can't parse ${what} JSON object`, error);
    }
  }

  /** A file sent with the call: as a part of that name, or as `attach://<part>`. */
  file(name: string): UploadedFile | undefined {
    const attached = /^attach:\/\/(.+)$/.exec(this.text(name))?.[1];
    return this.#files.get(attached ?? name);
  }
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
