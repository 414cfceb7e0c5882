/**
 * Decides *when* a key is reconciled: one run per key at a time, nudges coalesced, failures repeated with backoff and
 * jitter, everything looked at again by a resync. What is done, the loop's reconcile decides.
 */
import { isAppError, isRetryable } from "#src/domain/errors.ts";
import type { Logger } from "#src/domain/logger.ts";

export type Loop = {
  name: string;
  /** Told a key and nothing else. Gives the milliseconds until the next look, null when settled. May be repeated. */
  reconcile(key: string): Promise<number | null>;
  /** The keys that are not settled, from one snapshot of the world. */
  listUnsettled(): Promise<Iterable<string>>;
};

export type ControllerStatus = {
  waiting: number;
  running: number;
  failing: { key: string; failures: number; message: string }[];
};

type Entry = {
  running: boolean;
  nudged: boolean;
  failures: number;
  message: string;
  timer: NodeJS.Timeout | undefined;
};

const FIRST_BACKOFF_MS = 250;
const LONGEST_BACKOFF_MS = 30_000;

export class Controller {
  readonly #loop: Loop;
  readonly #logger: Logger;
  readonly #limit: number;
  readonly #resyncMs: number;
  readonly #entries = new Map<string, Entry>();
  readonly #queue: string[] = [];
  #running = 0;
  #stopping = false;
  #resyncTimer: NodeJS.Timeout | undefined;
  #idle: PromiseWithResolvers<void> | undefined;

  constructor(loop: Loop, options: { logger: Logger; concurrency: number; resyncMs: number }) {
    this.#loop = loop;
    this.#logger = options.logger.child({ loop: loop.name });
    this.#limit = options.concurrency;
    this.#resyncMs = options.resyncMs;
  }

  /** Starting is a resync; there is no recovery code. */
  start(): void {
    void this.resync();
  }

  /** Look at this key soon. During a run of it: once more afterwards. */
  enqueue(key: string): void {
    if (this.#stopping) return;
    const entry = this.#entry(key);
    if (entry.nudged) return;
    clearTimeout(entry.timer);
    entry.nudged = true;
    if (!entry.running) this.#queue.push(key);
    this.#pump();
  }

  /** Enqueues what is not settled, and plans the next resync. A failed snapshot is logged and tried again then. */
  async resync(): Promise<void> {
    clearTimeout(this.#resyncTimer);
    try {
      const keys = [...(await this.#loop.listUnsettled())];
      for (const key of keys) this.enqueue(key);
      this.#logger.debug({ keys: keys.length }, "resync done");
    } catch (error) {
      this.#logger.error({ err: error }, "resync failed");
    }
    if (this.#stopping) return;
    clearTimeout(this.#resyncTimer);
    this.#resyncTimer = setTimeout(() => void this.resync(), this.#resyncMs);
  }

  status(): ControllerStatus {
    const failing = [...this.#entries]
      .filter(([, entry]) => entry.failures > 0)
      .map(([key, { failures, message }]) => ({ key, failures, message }));
    return { waiting: this.#queue.length, running: this.#running, failing };
  }

  /** Takes up nothing more and waits for the runs under way. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping = true;
    clearTimeout(this.#resyncTimer);
    for (const entry of this.#entries.values()) clearTimeout(entry.timer);
    this.#queue.length = 0;
    if (this.#running === 0) return;
    this.#idle = Promise.withResolvers<void>();
    await this.#idle.promise;
  }

  #entry(key: string): Entry {
    const known = this.#entries.get(key);
    if (known) return known;
    const entry: Entry = { running: false, nudged: false, failures: 0, message: "", timer: undefined };
    this.#entries.set(key, entry);
    return entry;
  }

  #pump(): void {
    while (this.#running < this.#limit) {
      const key = this.#queue.shift();
      if (key === undefined) return;
      void this.#run(key, this.#entry(key));
    }
  }

  async #run(key: string, entry: Entry): Promise<void> {
    entry.nudged = false;
    entry.running = true;
    this.#running += 1;
    const againMs = await this.#reconcile(key, entry);
    entry.running = false;
    this.#running -= 1;
    if (this.#stopping) {
      if (this.#running === 0) this.#idle?.resolve();
      return;
    }
    if (entry.nudged) this.#queue.push(key);
    else if (againMs !== null) entry.timer = setTimeout(() => this.enqueue(key), againMs);
    else if (entry.failures === 0) this.#entries.delete(key);
    this.#pump();
  }

  async #reconcile(key: string, entry: Entry): Promise<number | null> {
    try {
      const againMs = await this.#loop.reconcile(key);
      entry.failures = 0;
      return againMs;
    } catch (error) {
      entry.failures += 1;
      entry.message = isAppError(error) ? error.message : "unexpected error";
      const againMs = isRetryable(error) ? backoffMs(entry.failures) : null;
      this.#logger.error({ key, err: error, failures: entry.failures, againMs }, "reconcile failed");
      return againMs;
    }
  }
}

/** Doubles up to the longest, then a random part of its upper half: those that failed together don't return together. */
function backoffMs(failures: number): number {
  const whole = Math.min(LONGEST_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** (failures - 1));
  return whole / 2 + (Math.random() * whole) / 2;
}
