/** The assistant loop's look at the world: what is wanted, what the runtime has, what the gateway says. Changes nothing. */
import { createHash } from "node:crypto";
import { isServedLate } from "#src/domain/customer.ts";
import type { Cell } from "#src/domain/ports/runtime.ts";
import { findAssistantStatus, findReservation } from "#src/store/assistant-status.ts";
import { readDesiredAssistant } from "#src/store/assistants.ts";
import { hasAudit } from "#src/store/audit-log.ts";
import { findCustomer, listCustomers } from "#src/store/customers.ts";
import type { AssistantOptions } from "./assistant-options.ts";
import type { AssistantObserved } from "./assistant-step.ts";

export async function observeAssistant(options: AssistantOptions, id: string): Promise<AssistantObserved> {
  const { store, clock, runtime } = options;
  const customer = findCustomer(store, "id", id);
  const now = clock.now();
  const seen: AssistantObserved = {
    wanted: customer?.entitlement === "paid",
    late: customer !== null && isServedLate(customer, options.serveDeadlineMinutes, now),
    lateTold: customer?.paidAt ? hasAudit(store, id, "late", customer.paidAt) : false,
    served: customer !== null && customer.servedAt !== null,
    generation: 0,
    status: findAssistantStatus(store, id),
    runtimeNotReady: runtime.notReady(),
    reserved: false,
    configCurrent: false,
    specHash: null,
    cell: await runtime.inspect(id),
    missingFiles: [],
    health: null,
    now,
  };
  if (!seen.wanted || seen.runtimeNotReady !== null) return seen;
  return { ...seen, ...(await observeWanted(options, id, seen.cell)) };
}

async function observeWanted(
  options: AssistantOptions,
  id: string,
  cell: Cell | null,
): Promise<Partial<AssistantObserved>> {
  const { store, runtime } = options;
  const { spec, generation, botToken } = readDesiredAssistant(store, id);
  const reservation = findReservation(store, id);
  if (reservation === null) return { generation };
  const place = runtime.place(id, reservation.port);
  const wanted = options.renderConfig(spec, place, { ...reservation, telegramBotToken: botToken });
  const found = await runtime.readConfig(id);
  const isRunning = cell?.state === "running";
  return {
    generation,
    reserved: true,
    configCurrent:
      found["openclaw.json"] === wanted["openclaw.json"] && found["secrets.json"] === wanted["secrets.json"],
    specHash: hashSpec(wanted),
    missingFiles: cell === null || isRunning ? [] : await listMissingFiles(options, id),
    health: isRunning ? await options.readGatewayHealth(place.gatewayUrl, reservation.gatewayToken) : null,
  };
}

/** Both files: whatever of them changes, the cell is made again. */
function hashSpec(files: { "openclaw.json": string; "secrets.json": string }): string {
  return createHash("sha256")
    .update(files["openclaw.json"])
    .update("\0")
    .update(files["secrets.json"])
    .digest("hex")
    .slice(0, 24);
}

async function listMissingFiles({ store, runtime, renderWorkspace }: AssistantOptions, id: string): Promise<string[]> {
  const there = new Set((await runtime.readTree(id, "workspace")).map((file) => file.path));
  return [...renderWorkspace(readDesiredAssistant(store, id).spec).keys()].filter((path) => !there.has(path));
}

/**
 * One list of cells and one query. Looked at closely is what differs or is not settled; with `all`, every wanted assistant,
 * since nobody knows what its channel did while nobody looked.
 */
export async function listUnsettledAssistants({ store, runtime }: AssistantOptions, all: boolean): Promise<string[]> {
  const cells = new Map((await runtime.list()).map((cell) => [cell.labels.id, cell]));
  const unsettled: string[] = [];
  for (const customer of listCustomers(store)) {
    const cell = cells.get(customer.id);
    cells.delete(customer.id);
    const status = findAssistantStatus(store, customer.id);
    const isWanted = customer.entitlement === "paid";
    const isSettled = isWanted
      ? cell?.state === "running" && status?.cause === "ready" && customer.servedAt !== null
      : cell === undefined && (status === null || status.cause === "not_wanted");
    if (!isSettled || (all && isWanted)) unsettled.push(customer.id);
  }
  return [...unsettled, ...cells.keys()];
}
