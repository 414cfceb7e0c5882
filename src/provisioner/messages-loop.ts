/**
 * The messages loop: what a chat is to show, sent and edited through the platform bot. Its keys are `chat:<chat id>` (the
 * outbox, in order) and `progress:<id>` (one message edited in place). A message may be sent twice only if the process
 * died, or the connection broke, between Telegram's answer and our record of it.
 */
import type { Clock } from "#src/domain/clock.ts";
import { isAppError } from "#src/domain/errors.ts";
import type { Logger } from "#src/domain/logger.ts";
import type { Messenger } from "#src/domain/ports/messenger.ts";
import type { Progress } from "#src/domain/progress.ts";
import { toProgressHtml } from "#src/domain/progress-text.ts";
import type { Store } from "#src/store/database.ts";
import {
  dropMessage,
  findNextMessage,
  finishMessage,
  listWaitingChats,
  type OutboxMessage,
} from "#src/store/outbox.ts";
import {
  endProgressMessage,
  findProgressMessage,
  forgetShown,
  listLiveProgressMessages,
  type ProgressMessage,
  recordShown,
} from "#src/store/progress-messages.ts";
import type { Decision, Rest, StepLoop } from "./steps.ts";

export type MessagesOptions = {
  store: Store;
  clock: Clock;
  logger: Logger;
  messenger: Messenger;
  readProgress(customerId: string): Progress | null;
};

export type MessagesObserved = {
  waiting: OutboxMessage | null;
  progress: { message: ProgressMessage; wanted: string; isReady: boolean } | null;
  now: Date;
};

type MessagesStep = Decision & { step: "send" | "send_progress" | "edit_progress" };

/** Edits count against Telegram's limits like messages; a person reads no faster than this anyway. */
const EDIT_INTERVAL_MS = 1500;

export function createMessagesLoop(options: MessagesOptions): StepLoop<MessagesObserved, MessagesStep> & {
  listUnsettled(): Promise<string[]>;
} {
  return {
    name: "messages",
    observe: async (key) => observe(options, key),
    decide: nextMessagesStep,
    apply: (_key, step, observed) => apply(options, step, observed),
    listUnsettled: async () => [
      ...listWaitingChats(options.store).map((chatId) => `chat:${chatId}`),
      ...listLiveProgressMessages(options.store).map((message) => `progress:${message.id}`),
    ],
  };
}

function observe({ store, clock, readProgress }: MessagesOptions, key: string): MessagesObserved {
  const now = clock.now();
  const [kind, id = ""] = key.split(/:(.*)/s);
  if (kind === "chat") return { waiting: findNextMessage(store, Number(id)), progress: null, now };
  const message = findProgressMessage(store, id);
  const progress = message === null ? null : readProgress(message.customerId);
  if (message === null || progress === null) return { waiting: null, progress: null, now };
  const isReady = progress.cause === "ready";
  return { waiting: null, progress: { message, wanted: toProgressHtml(progress), isReady }, now };
}

/** Pure. */
function nextMessagesStep({ waiting, progress, now }: MessagesObserved): MessagesStep | Rest {
  if (waiting !== null) return { step: "send", cause: "outbox" };
  if (progress === null || progress.message.finished) return { step: "done", cause: "all_said", againMs: null };
  const { message, wanted } = progress;
  if (message.messageId === null) return { step: "send_progress", cause: "order_begun" };
  if (message.shown === wanted) return { step: "done", cause: "shown", againMs: null };
  const restMs = EDIT_INTERVAL_MS - (now.getTime() - (message.shownAt?.getTime() ?? 0));
  if (restMs > 0) return { step: "wait", cause: "edited_just_now", againMs: Math.min(restMs, EDIT_INTERVAL_MS) };
  return { step: "edit_progress", cause: "progress_changed" };
}

async function apply(options: MessagesOptions, step: MessagesStep, observed: MessagesObserved): Promise<void> {
  const { store, messenger, clock } = options;
  const { waiting, progress } = observed;
  if (step.step === "send") return waiting === null ? undefined : send(options, waiting);
  if (progress === null) return;
  const { message, wanted, isReady } = progress;
  const record = (messageId: number) =>
    recordShown(store, message.id, { messageId, text: wanted, finished: isReady }, clock.now());
  try {
    if (step.step === "send_progress") return record(await messenger.send(message.chatId, { html: wanted }));
    const messageId = message.messageId ?? 0;
    const edited = await messenger.edit(message.chatId, messageId, { html: wanted });
    if (edited === "gone") forgetShown(store, message.id);
    else record(messageId);
  } catch (error) {
    if (!isAppError(error, "forbidden")) throw error;
    endProgressMessage(store, message.id);
  }
}

async function send({ store, clock, logger, messenger }: MessagesOptions, { id, chatId, message }: OutboxMessage) {
  try {
    finishMessage(store, id, await messenger.send(chatId, message), clock.now());
  } catch (error) {
    const why = isAppError(error, "forbidden") ? "blocked" : isAppError(error, "invalid") ? "refused" : null;
    if (why === null) throw error;
    dropMessage(store, id, why);
    logger.warn({ outboxId: id, why, err: error }, "message dropped");
  }
}
