/** Faults that a test or a person orders of the Stripe and model stand-ins; each counts down as it strikes. */
import { setTimeout as delay } from "node:timers/promises";
import type { FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";

const fault = z.strictObject({
  /** `POST /v1/checkout/sessions`, `webhook`, or `*` for every call. */
  method: z.string().min(1),
  kind: z.enum(["status", "delay", "hang", "reset_before", "reset_after", "drop", "duplicate"]),
  status: z.int().min(400).max(599).default(500),
  delay_ms: z.int().min(0).max(120_000).default(1000),
  count: z.int().min(1),
});

const faultsSchema = z.array(fault);
export type Fault = z.infer<typeof fault>;

export class Faults {
  #ordered: Fault[] = [];

  /** Replaces what was ordered; `[]` clears. Throws zod's error for what is no fault. */
  set(input: unknown): void {
    this.#ordered = faultsSchema.parse(input).map((each) => ({ ...each }));
  }

  /** The fault that strikes this call, if any; it is used up by that. `*` strikes no webhook. */
  take(method: string): Fault | undefined {
    const struck = this.#ordered.find(
      (each) => each.method === method || (each.method === "*" && method !== "webhook"),
    );
    if (struck === undefined) return undefined;
    struck.count -= 1;
    this.#ordered = this.#ordered.filter((each) => each.count > 0);
    return struck;
  }
}

/** Thrown through the answering code when the connection itself is to end. */
export class ConnectionCut extends Error {}

/** Does what comes before the effect. A `status` fault is the caller's, since each service has its own words. */
export async function strikeBefore(fault: Fault | undefined, reply: FastifyReply): Promise<void> {
  if (fault?.kind === "reset_before") throw new ConnectionCut();
  if (fault?.kind === "delay") await delay(fault.delay_ms);
  if (fault?.kind === "hang") {
    await new Promise((resolve) => reply.raw.once("close", resolve));
    throw new ConnectionCut();
  }
}

export function cut(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  reply.hijack();
  request.raw.socket.destroy();
  return reply;
}
