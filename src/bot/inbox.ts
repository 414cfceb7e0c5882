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
  listWaitingLanes,
  pruneUpdates,
  type StoredUpdate,
  storeUpdates,
} from "#src/store/inbox.ts";

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
const MOST_ATTEMPTS = 5;
const RETRY_MS = 1000;
const LONGEST_PAUSE_MS = 30_000;
const STOP_MS = 10_000;
const REMEMBERED_MS = 7 * 86_400_000;

export function startInbox(options: InboxOptions): AsyncDisposable {
  const stopping = new AbortController();
  const lanes = new Map<string, Promise<void>>();
  const wake = (lane: string): void => {
    if (lanes.has(lane) || stopping.signal.aborted) return;
    const work = drain(options, lane, stopping.signal).finally(() => {
      lanes.delete(lane);
      // Something may have arrived between the last look and now.
      if (listWaitingLanes(options.store).includes(lane)) wake(lane);
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

async function drain(options: InboxOptions, lane: string, stopping: AbortSignal): Promise<void> {
  const { store, clock, logger, onStep = () => {} } = options;
  for (;;) {
    const stored = stopping.aborted ? null : findNextUpdate(store, lane);
    if (stored === null) return;
    countAttempt(store, stored.updateId);
    onStep("inbox:handle:before");
    const outcome = await handle(options, stored);
    onStep("inbox:handle:after");
    if (outcome === "done") {
      finishUpdate(store, stored.updateId, "done", clock.now());
      onStep("inbox:done:after");
    } else if (stored.attempts + 1 >= MOST_ATTEMPTS || outcome === "late") {
      await giveUp(options, stored);
    } else {
      logger.warn({ updateId: stored.updateId, attempts: stored.attempts + 1 }, "an update is tried again");
      await pause(stored.attempts + 1, stopping);
    }
  }
}

/** `late`: the handler hangs; it can't be ended, so its lane goes on and its update is not tried again. */
async function handle(options: InboxOptions, stored: StoredUpdate): Promise<"done" | "failed" | "late"> {
  const watchdog = new AbortController();
  try {
    const late = delay(options.watchdogMs ?? WATCHDOG_MS, "late" as const, { signal: watchdog.signal });
    const handled = options.handle(parse(stored)).then(() => "done" as const);
    const outcome = await Promise.race([handled, late]);
    if (outcome === "late") {
      options.logger.error({ updateId: stored.updateId }, "an update's handler hangs");
      handled.catch((error: unknown) => options.logger.error({ err: error }, "a late handler failed"));
    }
    return outcome;
  } catch (error) {
    options.logger.error({ updateId: stored.updateId, err: error }, "an update failed");
    return "failed";
  } finally {
    watchdog.abort();
  }
}

async function giveUp({ store, clock, logger, apologise }: InboxOptions, stored: StoredUpdate): Promise<void> {
  logger.error({ updateId: stored.updateId, attempts: stored.attempts + 1 }, "an update is given up");
  const update = parse(stored);
  finishUpdate(store, stored.updateId, "dead", clock.now());
  await apologise(update).catch((error: unknown) => logger.warn({ err: error }, "the apology was not delivered"));
}

function parse(stored: StoredUpdate): Update {
  return JSON.parse(stored.body.reveal()) as Update;
}

/** Doubles up to half a minute, with a random part, and ends early when the inbox stops. */
async function pause(failures: number, stopping: AbortSignal): Promise<void> {
  const whole = Math.min(LONGEST_PAUSE_MS, RETRY_MS * 2 ** (failures - 1));
  await delay(whole / 2 + (Math.random() * whole) / 2, undefined, { signal: stopping }).catch(() => {});
}
