/** What every entry point does around its work: start, wait for a signal, stop within a deadline, exit with a code. */
import { isAppError } from "./domain/errors.ts";

/** sysexits: the configuration is wrong, starting again the same way is no use. */
const EXIT_CONFIG = 78;
const STOP_MS = 15_000;

/**
 * Runs until SIGINT, SIGTERM, or the end of the supervisor that spawned us; more signals do not hurry it. What was started
 * is stopped, also when the signal came amid the start. A start that fails says why in plain words on stderr and exits
 * with 78 where somebody must change something, else with 1. `stopMs` is how long stopping may take.
 */
export async function runUntilSignal(start: () => Promise<AsyncDisposable>, stopMs = STOP_MS): Promise<void> {
  const stopped = Promise.withResolvers<void>();
  for (const signal of ["SIGINT", "SIGTERM", "disconnect"]) {
    process.on(signal, () => {
      stopped.resolve();
      setTimeout(() => process.exit(1), stopMs).unref();
    });
  }
  try {
    const running = await start();
    await stopped.promise;
    await running[Symbol.asyncDispose]();
  } catch (error) {
    process.stderr.write(`${toPlainWords(error)}\n`);
    process.exit(isAppError(error, "invalid") ? EXIT_CONFIG : 1);
  }
  process.exit(0);
}

function toPlainWords(error: unknown): string {
  if (isAppError(error)) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
