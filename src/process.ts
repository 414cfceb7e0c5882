/** What every entry point does around its work: start, wait for a signal, stop within a deadline, exit with a code. */
import { isAppError } from "./domain/errors.ts";

/** sysexits: the configuration is wrong, starting again the same way is no use. */
const EXIT_CONFIG = 78;
const STOP_MS = 15_000;

/**
 * Runs until SIGINT, SIGTERM, or the end of the supervisor that spawned us. A start that fails says why in plain words on
 * stderr and exits with 78 where somebody must change something, else with 1.
 */
export async function runUntilSignal(start: () => Promise<AsyncDisposable>): Promise<void> {
  const stopped = Promise.withResolvers<void>();
  const stop = (): void => stopped.resolve();
  for (const signal of ["SIGINT", "SIGTERM", "disconnect"]) process.once(signal, stop);
  let running: AsyncDisposable;
  try {
    const started = await Promise.race([start(), stopped.promise.then(() => null)]);
    if (started === null) process.exit(0);
    running = started;
  } catch (error) {
    process.stderr.write(`${toPlainWords(error)}\n`);
    process.exit(isAppError(error, "invalid") ? EXIT_CONFIG : 1);
  }
  await stopped.promise;
  setTimeout(() => process.exit(1), STOP_MS).unref();
  await running[Symbol.asyncDispose]();
  process.exit(0);
}

function toPlainWords(error: unknown): string {
  if (isAppError(error)) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
