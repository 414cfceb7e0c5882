/**
 * The durable inbox: updates are stored before Telegram is told that we have them, and handled from the store, one lane for
 * each person, lanes side by side. An update is handled at least once; handlers' effects may be repeated. Starting up is
 * draining what is stored. It does not know what an update means.
 */
import { setTimeout as delay } from "node:timers/promises";
import { type Api, GrammyError } from "grammy";
import type { Update } from "grammy/types";
import type { Clock } from "#src/domain/clock.ts";
import type { Logger } from "#src/domain/logger.ts";
import { Secret } from "#src/domain/secret.ts";
import type { Store } from "#src/store/database.ts";
import {
  countAttempt,
  findNextUpdate,
  finishUpdate,
  forgiveAttempts,
  listWaitingLanes,
  pruneUpdates,
  type StoredUpdate,
  storeUpdates,
} from "#src/store/inbox.ts";
import { type Failure, toFailure } from "./failure.ts";

export type InboxOptions = {
  api: Api;
  store: Store;
  clock: Clock;
  logger: Logger;
  handle(update: Update): Promise<void>;
  /** Tells the person that their update was given up. */
  apologise(update: Update): Promise<void>;
  /** Called at the boundaries at which a kill must be harmless. */
  onStep?: (boundary: string) => void;
  /** How long one handling may take before its lane goes on without it. */
  watchdogMs?: number;
};

const ALLOWED_UPDATES = ["message", "edited_message", "callback_query", "my_chat_member"] as const;
const POLL_SECONDS = 30;
const WATCHDOG_MS = 60_000;
/** Begun this often without an end: the process died each time. */
const MOST_ATTEMPTS = 5;
/** With the pauses below, about a quarter of an hour: an outage of Telegram's costs nobody a message. */
const MOST_WAITS = 35;
const RETRY_MS = 1000;
const LONGEST_PAUSE_MS = 30_000;
const STOP_MS = 10_000;
const REMEMBERED_MS = 7 * 86_400_000;

export function startInbox(options: InboxOptions): AsyncDisposable {
  const stopping = new AbortController();
  const lanes = new Map<string, Promise<void>>();
  const wake = (lane: string): void => {
    if (lanes.has(lane) || stopping.signal.aborted) return;
    const work = runLane(options, lane, stopping.signal).then(() => {
      lanes.delete(lane);
      // Something may have arrived between the last look and now.
      if (!stopping.signal.aborted && listWaitingLanes(options.store).includes(lane)) wake(lane);
    });
    lanes.set(lane, work);
  };
  for (const lane of listWaitingLanes(options.store)) wake(lane);
  const polling = poll(options, wake, stopping.signal);
  return {
    async [Symbol.asyncDispose]() {
      stopping.abort();
      const finished = Promise.all([polling, ...lanes.values()]);
      await Promise.race([finished, delay(STOP_MS, undefined, { ref: false })]);
    },
  };
}

/** Asks for updates until told to stop. What is stored is confirmed by the next question; nothing else confirms. */
async function poll(options: InboxOptions, wake: (lane: string) => void, stopping: AbortSignal): Promise<void> {
  const { api, store, clock, logger, onStep = () => {} } = options;
  let offset = 0;
  let failures = 0;
  while (!stopping.aborted) {
    try {
      const parameters = { offset, timeout: POLL_SECONDS, allowed_updates: ALLOWED_UPDATES };
      const updates = await api.getUpdates(parameters, stopping as Parameters<Api["getUpdates"]>[1]);
      failures = 0;
      if (updates.length === 0) continue;
      onStep("inbox:store:before");
      const found = storeUpdates(store, updates.map(toStored), clock.now());
      onStep("inbox:store:after");
      offset = Math.max(...updates.map((update) => update.update_id)) + 1;
      for (const lane of found) wake(lane);
      pruneUpdates(store, new Date(clock.now().getTime() - REMEMBERED_MS));
    } catch (error) {
      if (stopping.aborted) return;
      failures += 1;
      // Somebody else polls with our token: they are told the same, and only one of us may go on at full speed.
      const isConflict = error instanceof GrammyError && error.error_code === 409;
      if (failures === 1 || failures % 20 === 0) {
        logger.warn({ err: error, failures, isConflict }, "Telegram gives no updates; asking again");
      }
      await pause(failures, stopping);
    }
  }
}

function toStored(update: Update): { updateId: number; lane: string; body: Secret } {
  return { updateId: update.update_id, lane: toLane(update), body: new Secret(JSON.stringify(update)) };
}

function toLane(update: Update): string {
  const content = update.message ?? update.edited_message ?? update.callback_query ?? update.my_chat_member;
  return content?.from === undefined ? "others" : `u${content.from.id}`;
}

/** Never rejects: a database that fails for a moment stops nobody's lane for good. */
async function runLane(options: InboxOptions, lane: string, stopping: AbortSignal): Promise<void> {
  try {
    await drain(options, lane, stopping);
  } catch (error) {
    options.logger.error({ lane, err: error }, "a lane failed; it goes on in a moment");
    await pause(1, stopping);
  }
}

async function drain(options: InboxOptions, lane: string, stopping: AbortSignal): Promise<void> {
  while (!stopping.aborted) {
    const stored = findNextUpdate(options.store, lane);
    if (stored === null) return;
    // Only a process that died amid the handling leaves this many: the update must not kill it for ever.
    if (stored.attempts >= MOST_ATTEMPTS) await giveUp(options, stored, "over");
    else await settle(options, stored, stopping);
  }
}

/** Handles one update until it is done, given up, or the inbox stops; whoever wrote it waits, and nobody else. */
async function settle(options: InboxOptions, stored: StoredUpdate, stopping: AbortSignal): Promise<void> {
  const { store, clock, logger, onStep = () => {} } = options;
  const { updateId } = stored;
  for (let failures = 1; !stopping.aborted; failures += 1) {
    countAttempt(store, updateId);
    onStep("inbox:handle:before");
    const outcome = await handle(options, stored);
    onStep("inbox:handle:after");
    if (outcome.kind === "done") {
      finishUpdate(store, updateId, "done", clock.now());
      onStep("inbox:done:after");
      return;
    }
    if (outcome.kind !== "again" || failures >= MOST_WAITS) return giveUp(options, stored, outcome.kind);
    forgiveAttempts(store, updateId);
    logger.warn({ updateId, failures }, "an update is tried again");
    await pause(failures, stopping, outcome.afterMs);
  }
}

type Outcome = Failure | { kind: "done" } | { kind: "late" };

/** `late`: the handler hangs; it can't be ended, so its lane goes on and its update is not tried again. */
async function handle(options: InboxOptions, stored: StoredUpdate): Promise<Outcome> {
  const { logger } = options;
  const { updateId } = stored;
  const watchdog = new AbortController();
  try {
    const late = delay(options.watchdogMs ?? WATCHDOG_MS, { kind: "late" } as const, { signal: watchdog.signal });
    const handled = options.handle(parse(stored)).then(() => ({ kind: "done" }) as const);
    const outcome = await Promise.race([handled, late]);
    if (outcome.kind === "late") {
      logger.error({ updateId }, "an update's handler hangs");
      handled.catch((error: unknown) => logger.error({ updateId, err: error }, "a late handler failed"));
    }
    return outcome;
  } catch (error) {
    const failure = toFailure(error);
    const write = failure.kind === "over" ? logger.error : logger.warn;
    write({ updateId, err: error }, "an update failed");
    return failure;
  } finally {
    watchdog.abort();
  }
}

/** Told first, then recorded: a kill in between tells twice, and never leaves anybody without a word. */
async function giveUp(options: InboxOptions, stored: StoredUpdate, why: Outcome["kind"]): Promise<void> {
  const { store, clock, logger, apologise } = options;
  const { updateId } = stored;
  if (why !== "gone") {
    logger.error({ updateId, why }, "an update is given up");
    await apologise(parse(stored)).catch((error: unknown) =>
      logger.warn({ updateId, err: error }, "the apology was not delivered"),
    );
  }
  finishUpdate(store, updateId, "dead", clock.now());
}

function parse(stored: StoredUpdate): Update {
  return JSON.parse(stored.body.reveal()) as Update;
}

/** Doubles up to half a minute, with a random part, and ends early when the inbox stops. Never shorter than `leastMs`. */
async function pause(failures: number, stopping: AbortSignal, leastMs = 0): Promise<void> {
  const whole = Math.min(LONGEST_PAUSE_MS, RETRY_MS * 2 ** (failures - 1));
  const ms = Math.max(leastMs, whole / 2 + (Math.random() * whole) / 2);
  await delay(ms, undefined, { signal: stopping }).catch(() => {});
}
