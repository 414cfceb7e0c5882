/**
 * The updates that wait for each bot, and the one long poll that each bot may hold open.
 * Webhooks are remembered, since an active one forbids polling, but nothing is ever delivered to them.
 * Retention is left out: an update waits until it is confirmed.
 */
import { conflict } from "./refusal.ts";
import type { BotAccount, Update } from "./world.ts";

const MAX_POLL_SECONDS = 50;
const KEPT_CONFIRMED = 100;
const CONFLICT_DELAY_MS = 3000;
/** Not given out unless asked for, as Telegram does. */
const NOT_BY_DEFAULT = ["chat_member", "message_reaction", "message_reaction_count"];

export type PollRequest = { offset: number; limit: number; timeoutSeconds: number; allowed: string[] | undefined };

type Waiter = { limit: number; answer: (updates: Update[]) => void; refuse: (error: Error) => void };
type LastPoll = { offset: number; atMs: number };

export class UpdateFeed {
  readonly #waiters = new Map<number, Waiter>();
  readonly #lastPolls = new Map<number, LastPoll>();
  readonly #nextConflictMs = new Map<number, number>();

  /** Queues it, and answers a poll that waits for it at once. A kind that the bot did not allow is dropped. */
  push(bot: BotAccount, kind: string, body: unknown): void {
    const { queue } = bot;
    if (!(queue.allowed?.includes(kind) ?? !NOT_BY_DEFAULT.includes(kind))) return;
    queue.pending.push({ update_id: queue.nextUpdateId++, [kind]: body });
    this.#wake(bot);
  }

  /** Gives the last `count` confirmed updates out once more. Answers how many there were. */
  redeliver(bot: BotAccount, count: number): number {
    const again = bot.queue.confirmed.slice(-count);
    bot.queue.again.push(...again);
    this.#wake(bot);
    return again.length;
  }

  /** Ends when there is something, when the time is up, or with nothing when `signal` says that nobody listens. */
  async poll(bot: BotAccount, request: PollRequest, signal: AbortSignal): Promise<Update[]> {
    const { queue } = bot;
    if (queue.webhookUrl !== "") {
      throw conflict(
        "can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first",
      );
    }
    if (request.allowed !== undefined) queue.allowed = request.allowed.length === 0 ? null : request.allowed;
    const limit = request.limit >= 1 && request.limit <= 100 ? request.limit : 100;
    const timeoutSeconds = this.#timeout(bot, request);
    confirm(bot, request.offset);
    const ready = takeReady(bot, limit);
    if (ready.length > 0 || timeoutSeconds === 0) return ready;
    this.terminate(bot, "terminated by other getUpdates request; make sure that only one bot instance is running");
    return await this.#wait(bot, limit, timeoutSeconds, signal);
  }

  /** Refuses the poll that is open, if there is one; a second refusal within three seconds comes late. */
  terminate(bot: BotAccount, words: string): void {
    const waiter = this.#waiters.get(bot.id);
    if (waiter === undefined) return;
    this.#waiters.delete(bot.id);
    const now = performance.now();
    const isSoon = now < (this.#nextConflictMs.get(bot.id) ?? 0);
    this.#nextConflictMs.set(bot.id, now + CONFLICT_DELAY_MS);
    if (isSoon) setTimeout(() => waiter.refuse(conflict(words)), CONFLICT_DELAY_MS).unref();
    else waiter.refuse(conflict(words));
  }

  /** The open poll of a bot whose token is no longer valid. */
  refuseOpenPoll(bot: BotAccount, error: Error): void {
    this.#waiters.get(bot.id)?.refuse(error);
    this.#waiters.delete(bot.id);
  }

  /** Polling again from the same place within three seconds is slowed down. */
  #timeout(bot: BotAccount, request: PollRequest): number {
    const last = this.#lastPolls.get(bot.id);
    const atMs = performance.now();
    this.#lastPolls.set(bot.id, { offset: request.offset, atMs });
    const asked = Math.min(Math.max(request.timeoutSeconds, 0), MAX_POLL_SECONDS);
    const isHasty = last !== undefined && last.offset === request.offset && atMs < last.atMs + 3000;
    return isHasty ? Math.max(asked, 3) : asked;
  }

  async #wait(bot: BotAccount, limit: number, timeoutSeconds: number, signal: AbortSignal): Promise<Update[]> {
    const { promise, resolve, reject } = Promise.withResolvers<Update[]>();
    const waiter: Waiter = { limit, answer: resolve, refuse: reject };
    this.#waiters.set(bot.id, waiter);
    const giveUp = () => resolve([]);
    // A poll that was terminated hears of that, even where its refusal comes later than its time would have been up.
    const timer = setTimeout(() => this.#waiters.get(bot.id) === waiter && giveUp(), timeoutSeconds * 1000);
    signal.addEventListener("abort", giveUp, { once: true });
    if (signal.aborted) giveUp();
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
      signal.removeEventListener("abort", giveUp);
      if (this.#waiters.get(bot.id) === waiter) this.#waiters.delete(bot.id);
    }
  }

  #wake(bot: BotAccount): void {
    const waiter = this.#waiters.get(bot.id);
    if (waiter === undefined) return;
    this.#waiters.delete(bot.id);
    waiter.answer(takeReady(bot, waiter.limit));
  }
}

/** Confirms what lies below the offset; a negative one keeps only so many from the end. */
function confirm({ queue }: BotAccount, offset: number): void {
  if (offset === 0) return;
  const keptFrom =
    offset > 0
      ? queue.pending.findIndex((each) => each.update_id >= offset)
      : Math.max(queue.pending.length + offset, 0);
  const done = queue.pending.splice(0, keptFrom === -1 ? queue.pending.length : keptFrom);
  queue.confirmed = [...queue.confirmed, ...done].slice(-KEPT_CONFIRMED);
}

function takeReady({ queue }: BotAccount, limit: number): Update[] {
  const again = queue.again.splice(0, limit);
  return [...again, ...queue.pending.slice(0, limit - again.length)];
}
