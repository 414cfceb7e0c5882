/** What a recorded trace of step boundaries proves about a kill. */

/** How often the step was begun and not ended: the kill fell between the effect's begin and our record of it. */
export function countInterrupted(trace: readonly string[], step: string): number {
  const count = (boundary: string): number => trace.filter((one) => one === boundary).length;
  return count(`${step}:before`) - count(`${step}:after`);
}
