/** Waiting for the world in scenarios: looks until a check passes or its time is over, then fails with the last reason. */
import { setTimeout as delay } from "node:timers/promises";

export async function eventually<Result>(
  what: string,
  check: () => Result | Promise<Result>,
  { withinMs = 20_000, everyMs = 50 }: { withinMs?: number; everyMs?: number } = {},
): Promise<NonNullable<Result>> {
  const deadline = performance.now() + withinMs;
  let last: unknown = "it never came about";
  while (performance.now() < deadline) {
    try {
      const result = await check();
      if (result !== null && result !== undefined && result !== false) return result as NonNullable<Result>;
    } catch (error) {
      last = error;
    }
    await delay(everyMs);
  }
  throw new Error(`not within ${withinMs} ms: ${what}`, { cause: last });
}
