/** What every method and every control works on. It only holds the pieces together and tells the time as Telegram does. */
import type { Clock } from "#src/domain/clock.ts";
import type { Parameters } from "./parameters.ts";
import type { UpdateFeed } from "./update-feed.ts";
import type { BotAccount, World } from "./world.ts";

export type Stage = { world: World; clock: Clock; feed: UpdateFeed };

/** One call of a Bot API method by a bot whose token was found right. */
export type Call = Stage & {
  bot: BotAccount;
  parameters: Parameters;
  /** Aborted when the caller has gone, or the stand-in closes. */
  signal: AbortSignal;
};

export type Method = (call: Call) => unknown;

/** Unix seconds. */
export function secondsNow(clock: Clock): number {
  return Math.floor(clock.now().getTime() / 1000);
}
