/**
 * Time as a dependency: everything that decides by time is given a Clock, so that tests and the sandbox can move it.
 * Timers (when to look again) stay real; only "what time is it" is injected.
 */

export type Clock = { now(): Date };

export const systemClock: Clock = { now: () => new Date() };

export function addMinutes(time: Date, minutes: number): Date {
  return new Date(time.getTime() + minutes * 60_000);
}
