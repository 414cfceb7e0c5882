/** Events: kept for the list, and put on their way to the webhook endpoint. Sending is webhooks.ts's. */
import type { Clock } from "#src/domain/clock.ts";
import { API_VERSION } from "./objects.ts";
import { createId, type StripeObject, type StripeWorld, toUnix } from "./world.ts";

/** An event carries its object as it was at that moment. */
export function emit({ world, clock }: { world: StripeWorld; clock: Clock }, type: string, object: StripeObject): void {
  const id = createId("evt");
  world.events.push({
    id,
    object: "event",
    api_version: API_VERSION,
    created: toUnix(clock),
    data: { object: structuredClone(object) },
    livemode: false,
    pending_webhooks: 1,
    request: { id: null, idempotency_key: null },
    type,
  });
  world.deliveries.push({ eventId: id, attempts: 0, dueAt: 0, delivered: false });
}
