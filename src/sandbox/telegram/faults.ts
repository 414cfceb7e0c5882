/**
 * Faults that a test or a person orders: the next calls of a method fail, are late, hang, or lose their connection.
 * Each counts down as it strikes; an unordered fault never happens.
 */
import { z } from "zod";
import { AppError } from "#src/domain/errors.ts";
import { Refusal } from "./refusal.ts";

const fault = z
  .strictObject({
    /** A method's name, or `*` for all. */
    method: z.string().min(1),
    /** `reset_before` cuts the connection before the call has an effect, `reset_after` after it; `delay_after` answers late. */
    kind: z.enum(["status", "delay", "delay_after", "hang", "reset_before", "reset_after"]),
    status: z.int().min(400).max(599).optional(),
    /** Seconds. */
    retry_after: z.int().min(1).optional(),
    delay_ms: z.int().min(0).max(120_000).optional(),
    count: z.int().min(1),
    /** A bot's username without @; every bot when absent. */
    bot: z.string().min(1).optional(),
  })
  .refine((each) => each.kind !== "status" || each.status !== undefined, { error: "a status fault needs a status" })
  .refine((each) => !each.kind.startsWith("delay") || each.delay_ms !== undefined, {
    error: "a delay fault needs delay_ms",
  });

export const faultsSchema = z.array(fault);
export type Fault = z.infer<typeof faultsSchema>[number];

const WORDS: Record<number, string> = {
  400: "Bad Request",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  409: "Conflict",
  500: "Internal Server Error",
  502: "Bad Gateway",
  503: "Service Unavailable",
  504: "Gateway Timeout",
};

export class Faults {
  #ordered: Fault[] = [];

  /** Replaces what was ordered. Throws `invalid` when a fault names a method that is never offered. */
  set(faults: Fault[], methodNames: string[]): void {
    const known = new Set(["*", ...methodNames.map((each) => each.toLowerCase())]);
    const unknown = faults.find((each) => !known.has(each.method.toLowerCase()));
    if (unknown !== undefined) {
      throw new AppError(`There is no method "${unknown.method}" to fail.`, { code: "invalid" });
    }
    this.#ordered = faults.map((each) => ({ ...each }));
  }

  /** The fault that strikes this call, if any; it is used up by that. */
  take(method: string, botUsername: string): Fault | undefined {
    const same = (a: string, b: string) => a.replace(/^@/, "").toLowerCase() === b.toLowerCase();
    const struck = this.#ordered.find(
      (each) =>
        (each.method === "*" || same(each.method, method)) && (each.bot === undefined || same(each.bot, botUsername)),
    );
    if (struck === undefined) return undefined;
    struck.count--;
    this.#ordered = this.#ordered.filter((each) => each.count > 0);
    return { ...struck };
  }
}

export function toRefusal({ status = 500, retry_after }: Fault): Refusal {
  if (status !== 429) return new Refusal(status, WORDS[status] ?? "Error", { retryAfter: retry_after });
  return new Refusal(429, `Too Many Requests: retry after ${retry_after ?? 1}`, { retryAfter: retry_after ?? 1 });
}
