/** A cell's port on the host: the first of the range that neither a customer holds nor another program listens on. */
import { createServer } from "node:net";
import type { Clock } from "#src/domain/clock.ts";
import { AppError } from "#src/domain/errors.ts";
import { listPorts, reserve } from "#src/store/assistant-status.ts";
import type { Store } from "#src/store/database.ts";

/** Gives up a former port of the customer's. Throws `unavailable` when the whole range is taken. */
export async function reservePort(
  options: { store: Store; clock: Clock; ports: { first: number; last: number }; gatewayTokenPrefix: string },
  customerId: string,
): Promise<void> {
  const { store, clock, ports, gatewayTokenPrefix } = options;
  const held = new Set(listPorts(store));
  for (let port = ports.first; port <= ports.last; port += 1) {
    if (held.has(port) || !(await isFree(port))) continue;
    reserve(store, customerId, port, gatewayTokenPrefix, clock.now());
    return;
  }
  throw new AppError(`No port is free between ${ports.first} and ${ports.last}.`, { code: "unavailable" });
}

/** Asks the operating system by listening for a moment. */
function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once("error", () => resolve(false));
    probe.listen({ host: "127.0.0.1", port, exclusive: true }, () => probe.close(() => resolve(true)));
  });
}
