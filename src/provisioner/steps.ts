/**
 * One reconcile: observe, decide, do one operation, and look again, until there is nothing to do or something to wait for.
 * It neither observes nor decides; each loop brings its own.
 */
import { AppError } from "#src/domain/errors.ts";
import type { Logger } from "#src/domain/logger.ts";

/** What was decided and why, as codes: the test's trace and the log line as it stands. */
export type Decision = { step: string; cause: string; params?: Record<string, unknown> };

/** Ends the run: nothing to do now. `againMs` null: nothing to do until somebody nudges. */
export type Rest = Decision & { step: "wait" | "done"; againMs: number | null };

function isRest(decision: Decision): decision is Rest {
  return decision.step === "wait" || decision.step === "done";
}

/** Called around each operation; a test kills the process here. */
export type OnStep = (boundary: {
  loop: string;
  key: string;
  step: string;
  cause: string;
  when: "before" | "after";
}) => void;

export type StepLoop<Observed, Step extends Decision> = {
  name: string;
  observe(key: string): Promise<Observed>;
  decide(observed: Observed): Step | Rest;
  /** Does one operation; may be repeated. */
  apply(key: string, step: Step, observed: Observed): Promise<void>;
  /** Records what is waited for, where somebody shows it. */
  recordRest?(key: string, rest: Rest, observed: Observed): void;
};

/** More than any real sequence has; a loop that needs more does not converge. */
const MOST_STEPS = 40;

export async function runSteps<Observed, Step extends Decision>(
  loop: StepLoop<Observed, Step>,
  key: string,
  { logger, onStep }: { logger: Logger; onStep: OnStep },
): Promise<number | null> {
  for (let count = 0; count < MOST_STEPS; count += 1) {
    const observed = await loop.observe(key);
    const decision = loop.decide(observed);
    if (isRest(decision)) {
      loop.recordRest?.(key, decision, observed);
      logger.debug({ key, ...decision }, "rest");
      return decision.againMs;
    }
    const boundary = { loop: loop.name, key, step: decision.step, cause: decision.cause };
    onStep({ ...boundary, when: "before" });
    const startedAt = performance.now();
    await loop.apply(key, decision, observed);
    onStep({ ...boundary, when: "after" });
    logger.info({ key, ...decision, tookMs: Math.round(performance.now() - startedAt) }, "step");
  }
  throw new AppError(`The ${loop.name} loop does not come to rest.`, { code: "internal" });
}
