/**
 * The log: pino, with secrets taken out by type, by name and by form before a line is written. pino's own redaction knows
 * fixed paths only, so the fields are walked here. It decides nothing about what is worth logging.
 */
import pino from "pino";
import type { Logger } from "./domain/logger.ts";
import { Secret } from "./domain/secret.ts";

type Level = "debug" | "info" | "warn" | "error";

const REDACTED = "[redacted]";

/** A plain `key` is a controller's word for "which one"; `apiKey` and its like are secrets. */
const SECRET_NAME = /(authorization|cookie|password|passphrase|secret|token|credentials?|signature|.[_-]?key)$/i;

const SECRET_FORMS = [
  // A Telegram bot's token, also within an address.
  /\d{6,}(?::|%3A)[\w-]{30,}/gi,
  // Stripe's and OpenAI's keys.
  /\b[srp]k[_-][\w-]{16,}/g,
  /\bwhsec_[\w+/=-]+/g,
  // Virtual keys and gateway tokens.
  /\bblytz_(?:vk_[\w-]+|[\w-]{30,})/g,
  /\b(?:Bearer|Basic)(?: |%20)[\w.~+/=-]{16,}/gi,
  // Whoever has this address can see the order.
  /(?<=\/pay\/)[\w-]{20,}/g,
];

const MAX_DEPTH = 6;

/** `stream` is stdout unless a test reads along. */
export function createLog(options: { level: Level; stream?: { write(line: string): void } }): Logger {
  const root = pino(
    {
      level: options.level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      // Errors are plain objects by then; pino's own way with them would join messages and drop the causes.
      serializers: { err: (value) => value },
      formatters: { level: (label) => ({ level: label }) },
    },
    options.stream ?? pino.destination({ dest: 1, sync: true }),
  );
  return toLogger(root);
}

function toLogger(log: pino.Logger): Logger {
  const writer = (level: Level) => (fields: Record<string, unknown>, message: string) => {
    if (log.isLevelEnabled(level)) log[level](cleanFields(fields), cleanText(message));
  };
  return {
    debug: writer("debug"),
    info: writer("info"),
    warn: writer("warn"),
    error: writer("error"),
    child: (fields) => toLogger(log.child(cleanFields(fields))),
  };
}

function cleanFields(fields: Record<string, unknown>): Record<string, unknown> {
  return cleanObject(fields, 0);
}

function cleanObject(object: object, depth: number): Record<string, unknown> {
  const cleaned: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(object)) {
    const isHidden = SECRET_NAME.test(name) && value !== null && value !== undefined && typeof value !== "boolean";
    cleaned[cleanText(name)] = isHidden ? REDACTED : clean(value, depth + 1);
  }
  return cleaned;
}

function clean(value: unknown, depth: number): unknown {
  if (typeof value === "string") return cleanText(value);
  if (typeof value === "bigint") return String(value);
  if (typeof value !== "object" || value === null) return value;
  if (value instanceof Secret) return REDACTED;
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString();
  if (value instanceof URL) return cleanText(value.href);
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
  // Depth also ends a ring.
  if (depth >= MAX_DEPTH) return "[…]";
  if (value instanceof Error) return cleanError(value, depth);
  if (Array.isArray(value) || value instanceof Set) return [...value].map((item) => clean(item, depth + 1));
  return cleanObject(value instanceof Map ? Object.fromEntries(value) : value, depth);
}

/** Only what says what went wrong and where: a vendor's error may carry the whole request. */
function cleanError(error: Error, depth: number): Record<string, unknown> {
  const code = "code" in error ? error.code : undefined;
  return {
    type: cleanText(error.name),
    message: cleanText(error.message),
    ...(typeof code === "string" || typeof code === "number" ? { code: clean(code, depth) } : {}),
    stack: cleanText(error.stack ?? ""),
    ...(error.cause === undefined ? {} : { cause: clean(error.cause, depth + 1) }),
    ...(error instanceof AggregateError ? { errors: clean(error.errors, depth + 1) } : {}),
  };
}

function cleanText(text: string): string {
  return SECRET_FORMS.reduce((cleaned, form) => cleaned.replaceAll(form, REDACTED), text);
}
