/**
 * `/api/status/:id`: how an order stands, in the PRD's shape. Ids can be guessed from a name, so whatever is personal is
 * null here.
 */
import type { FastifyInstance } from "fastify";
import { AppError } from "#src/domain/errors.ts";
import type { AssistantCause } from "#src/domain/progress.ts";
import { findAssistantStatus } from "#src/store/assistant-status.ts";
import { findCustomer } from "#src/store/customers.ts";
import type { WebParts } from "./create-web.ts";

/** In a container engine's own words; null while there is none. */
const CONTAINER_STATUS: Record<AssistantCause, "starting" | "restarting" | "running" | null> = {
  not_wanted: null,
  accepted: null,
  runtime_not_ready: null,
  preparing: null,
  starting: "starting",
  connecting: "running",
  channel_conflict: "running",
  channel_unauthorized: "running",
  channel_failing: "running",
  restarting: "restarting",
  recovering: "restarting",
  ready: "running",
};

export function statusRoutes(app: FastifyInstance, { store }: WebParts): void {
  const config = { rateLimit: { max: 120, timeWindow: "1 minute" } };
  app.get<{ Params: { id: string } }>("/api/status/:id", { config }, (request, reply) => {
    reply.header("cache-control", "no-store");
    const customer = findCustomer(store, "id", request.params.id);
    if (customer === null) throw new AppError("Customer not found.", { code: "not_found" });
    const cause = findAssistantStatus(store, customer.id)?.cause ?? "not_wanted";
    const stopped = customer.entitlement === "ended" ? "stopped" : null;
    return reply.send({
      customer_id: customer.id,
      email: null,
      assistant_name: null,
      status: customer.status,
      container_status: CONTAINER_STATUS[cause] ?? stopped,
      telegram_bot_username: null,
      url: null,
      telegram_url: null,
      created_at: toSeconds(customer.createdAt),
      paid_at: toSeconds(customer.paidAt),
      subscription_status: customer.subscriptionStatus,
      current_period_end: toSeconds(customer.paidUntil),
    });
  });
}

/** ISO 8601 in UTC without milliseconds, as the PRD has it. */
function toSeconds(time: Date | null): string | null {
  return time === null ? null : time.toISOString().replace(/\.\d{3}Z$/, "Z");
}
