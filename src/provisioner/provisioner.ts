/** The three loops and their controllers, wired to each other: each writes to the store, then nudges the next. */
import { isServedLate } from "#src/domain/customer.ts";
import type { Progress } from "#src/domain/progress.ts";
import { findAssistantStatus } from "#src/store/assistant-status.ts";
import { findCustomer } from "#src/store/customers.ts";
import { createAssistantLoop } from "./assistant-loop.ts";
import type { AssistantOptions } from "./assistant-options.ts";
import { type BillingOptions, createBillingLoop } from "./billing-loop.ts";
import { Controller } from "./controller.ts";
import { createMessagesLoop, type MessagesOptions } from "./messages-loop.ts";
import { type Decision, type OnStep, runSteps, type StepLoop } from "./steps.ts";

export type ProvisionerOptions = Omit<BillingOptions, "enqueueAssistant" | "enqueueMessages"> &
  Omit<AssistantOptions, "enqueueMessages"> &
  Omit<MessagesOptions, "readProgress"> & { resyncMs: number; onStep: OnStep };

export type Provisioner = AsyncDisposable & {
  start(): void;
  /** Looks at everything again, for example after the clock was moved. */
  resync(): void;
  billing: Controller;
  assistant: Controller;
  messages: Controller;
  /** How far a customer's assistant is; null when there is no such order. */
  readProgress(customerId: string): Progress | null;
};

/** How many customers each loop works on at once. Starts are bound by the processor, the rest by waiting. */
const CONCURRENCY = { billing: 8, assistant: 16, messages: 8 };

export function createProvisioner(options: ProvisionerOptions): Provisioner {
  const { logger, resyncMs } = options;
  const enqueueMessages = (key: string): void => messages.enqueue(key);
  const readProgress = (customerId: string): Progress | null => toProgress(options, customerId);
  const messages = control(createMessagesLoop({ ...options, readProgress }), CONCURRENCY.messages);
  const assistant = control(createAssistantLoop({ ...options, enqueueMessages }), CONCURRENCY.assistant);
  const enqueueAssistant = (id: string): void => assistant.enqueue(id);
  const billing = control(createBillingLoop({ ...options, enqueueAssistant, enqueueMessages }), CONCURRENCY.billing);

  function control<Observed, Step extends Decision>(
    loop: StepLoop<Observed, Step> & { listUnsettled(): Promise<string[]> },
    concurrency: number,
  ): Controller {
    const run = { logger: logger.child({ loop: loop.name }), onStep: options.onStep };
    const reconcile = (key: string) => runSteps(loop, key, run);
    const controller = { name: loop.name, reconcile, listUnsettled: loop.listUnsettled };
    return new Controller(controller, { logger, concurrency, resyncMs });
  }

  const controllers = [billing, assistant, messages];
  const watching = new AbortController();
  return {
    billing,
    assistant,
    messages,
    readProgress,
    resync: () => void Promise.all(controllers.map((controller) => controller.resync())),
    start() {
      options.runtime.events((event) => assistant.enqueue(event.id), watching.signal);
      for (const controller of controllers) controller.start();
    },
    async [Symbol.asyncDispose]() {
      watching.abort();
      await Promise.all(controllers.map((controller) => controller[Symbol.asyncDispose]()));
    },
  };
}

function toProgress(options: ProvisionerOptions, customerId: string): Progress | null {
  const { store, runtime, clock, serveDeadlineMinutes } = options;
  const customer = findCustomer(store, "id", customerId);
  if (customer === null) return null;
  const status = findAssistantStatus(store, customerId);
  const isAccepted = customer.entitlement === "paid" && (status === null || status.cause === "not_wanted");
  return {
    assistantName: customer.assistantName,
    botUsername: customer.botUsername,
    cause: isAccepted ? "accepted" : (status?.cause ?? "not_wanted"),
    detail: status?.cause === "runtime_not_ready" ? runtime.notReady() : null,
    isLate: isServedLate(customer, serveDeadlineMinutes, clock.now()),
  };
}
