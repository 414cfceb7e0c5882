/**
 * The assistant loop: makes the cell that an entitled customer is to have, and takes away the one that nobody is entitled
 * to. It owns the assistant's status and says in the outbox when a message gets an answer. It decides nothing about money.
 */
import { isAppError } from "#src/domain/errors.ts";
import { toLateAlert, toLateMessage, toReadyMessage } from "#src/domain/notices.ts";
import type { ConfigFiles } from "#src/domain/ports/runtime.ts";
import { beginAttempt, findReservation, type Reservation, writeAssistantStatus } from "#src/store/assistant-status.ts";
import { readDesiredAssistant } from "#src/store/assistants.ts";
import { writeAudit } from "#src/store/audit-log.ts";
import { readCustomer, setServed } from "#src/store/customers.ts";
import { tell } from "#src/store/outbox.ts";
import { listLiveProgressMessages } from "#src/store/progress-messages.ts";
import { listUnsettledAssistants, observeAssistant } from "./assistant-observe.ts";
import type { AssistantOptions } from "./assistant-options.ts";
import { type AssistantObserved, type AssistantRest, type AssistantStep, nextAssistantStep } from "./assistant-step.ts";
import { reservePort } from "./reserve-port.ts";
import type { StepLoop } from "./steps.ts";

export function createAssistantLoop(options: AssistantOptions): StepLoop<AssistantObserved, AssistantStep> & {
  listUnsettled(): Promise<string[]>;
} {
  let isFirst = true;
  return {
    name: "assistant",
    observe: (key) => observeAssistant(options, key),
    decide: nextAssistantStep,
    apply: (key, step, observed) => apply(options, key, step, observed),
    recordRest: (key, rest, observed) => recordStatus(options, key, rest as AssistantRest, observed),
    async listUnsettled() {
      const unsettled = await listUnsettledAssistants(options, isFirst);
      isFirst = false;
      return unsettled;
    },
  };
}

async function apply(
  options: AssistantOptions,
  id: string,
  step: AssistantStep,
  observed: AssistantObserved,
): Promise<void> {
  const { runtime, store } = options;
  switch (step.step) {
    case "tell_late":
      return tellLate(options, id, observed);
    case "reserve":
      return reservePort(options, id);
    case "write_config":
      return runtime.writeConfig(id, toFiles(options, id));
    case "create_cell":
      // The attempt is stored first: a cell whose making was cut off is recognised as ours by its label.
      return runtime.create(
        { id, specHash: observed.specHash ?? "", attempt: beginAttempt(store, id) },
        readReservation(options, id).port,
      );
    case "write_workspace":
      return runtime.writeFiles(id, options.renderWorkspace(readDesiredAssistant(store, id).spec), {
        onlyMissing: true,
      });
    case "start_cell":
      return startCell(options, id);
    case "remove_cell":
      return runtime.remove(id);
    case "mark_ready":
      return markReady(options, id, observed);
  }
}

function readReservation(options: AssistantOptions, id: string): Reservation {
  const reservation = findReservation(options.store, id);
  if (reservation === null) throw new Error("a reserved cell lost its reservation within one step");
  return reservation;
}

/** openclaw.json and secrets.json as they are to be for this customer now. */
function toFiles(options: AssistantOptions, id: string): ConfigFiles {
  const { spec, botToken } = readDesiredAssistant(options.store, id);
  const { port, gatewayToken, modelKey } = readReservation(options, id);
  const place = options.runtime.place(id, port);
  return options.renderConfig(spec, place, { gatewayToken, modelKey, telegramBotToken: botToken });
}

/** A port that somebody else took since it was reserved is given up for another one; the cell is made anew for it. */
async function startCell(options: AssistantOptions, id: string): Promise<void> {
  try {
    await options.runtime.start(id);
  } catch (error) {
    if (!isAppError(error, "conflict")) throw error;
    await reservePort(options, id);
  }
}

/** Status, "served", the ready message and the audit line are one commit; the first time only is told. */
function markReady(options: AssistantOptions, id: string, observed: AssistantObserved): void {
  const { store, clock, enqueueMessages } = options;
  const customer = readCustomer(store, id);
  const now = clock.now();
  store.transaction(() => {
    writeAssistantStatus(store, id, { cause: "ready", observedGeneration: observed.generation }, now);
    if (observed.served) return;
    setServed(store, id, now);
    writeAudit(store, id, { action: "served", actor: "assistant" }, now);
    if (customer.chatId === null || customer.paidAt === null) return;
    tell(store, customer.chatId, `ready:${id}:${customer.paidAt.toISOString()}`, toReadyMessage(customer), now);
  });
  nudgeMessages(options, id);
  if (customer.chatId !== null) enqueueMessages(`chat:${customer.chatId}`);
}

function recordStatus(options: AssistantOptions, id: string, step: AssistantRest, observed: AssistantObserved): void {
  if (observed.status === null) return;
  const status = { cause: step.params.status, observedGeneration: observed.status.observedGeneration };
  const changed = writeAssistantStatus(options.store, id, status, options.clock.now());
  if (changed || step.params.status === "runtime_not_ready") nudgeMessages(options, id);
}

function tellLate(options: AssistantOptions, id: string, observed: AssistantObserved): void {
  const { store, clock, operatorChatId, serveDeadlineMinutes: minutes } = options;
  const customer = readCustomer(store, id);
  const key = `late:${id}:${customer.paidAt?.toISOString()}`;
  store.transaction(() => {
    if (customer.chatId !== null) tell(store, customer.chatId, key, toLateMessage(customer, minutes), clock.now());
    if (operatorChatId !== null) {
      const alert = toLateAlert(id, observed.status?.cause ?? "unknown", minutes);
      tell(store, operatorChatId, `operator:${key}`, alert, clock.now());
    }
    writeAudit(
      store,
      id,
      { action: "late", actor: "assistant", cause: observed.status?.cause ?? "unknown" },
      clock.now(),
    );
  });
  nudgeMessages(options, id);
  if (customer.chatId !== null) options.enqueueMessages(`chat:${customer.chatId}`);
  if (operatorChatId !== null) options.enqueueMessages(`chat:${operatorChatId}`);
}

function nudgeMessages({ store, enqueueMessages }: AssistantOptions, id: string): void {
  for (const message of listLiveProgressMessages(store, id)) enqueueMessages(`progress:${message.id}`);
}
