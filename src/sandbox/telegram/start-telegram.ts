/**
 * A strict stand-in for Telegram's Bot API on loopback, with the controls that play the people and BotFather.
 * It knows many bots, several people and private chats; groups, payments and managed bots are not offered,
 * and a method that is not offered is refused as Telegram refuses an unknown one.
 */
import type { AddressInfo } from "node:net";
import type { Clock } from "#src/domain/clock.ts";
import { createBot, type NewBot, revokeToken } from "./bot-father.ts";
import { redeliverySchema } from "./control-schemas.ts";
import { Faults, faultsSchema } from "./faults.ts";
import { parseControl } from "./parse-control.ts";
import { press, sendFromUser, setBlocked } from "./people.ts";
import type { Stage } from "./stage.ts";
import { UpdateFeed } from "./update-feed.ts";
import { readChat, readState, type TelegramState, type ViewedChat } from "./view.ts";
import { type CallRecord, createWire, methodNames } from "./wire.ts";
import { createWorld, findBot, restoreWorld } from "./world.ts";

/**
 * Every control checks its input itself (control-schemas.ts says what each takes) and throws AppError `invalid` or
 * `not_found`, with words that say what was wrong. A `user` is a name or an id, a `bot` a username.
 */
export type TelegramStandIn = AsyncDisposable & {
  /** The Bot API's root, without a slash at its end. */
  url: string;
  /** JSON; `startTelegram({ saved })` restores it. It holds the tokens. */
  snapshot(): unknown;
  /** `{ owner, username, name, platform?, token? }`. */
  createBot(input: unknown): NewBot;
  /** Gives the new token; the old one is refused from now on. */
  revokeToken(botId: number): string;
  /**
   * `{ user, bot, text }` or `{ user, bot, kind: "sticker" | "photo" | "voice" | "document" | "edit", … }`: photo and
   * voice take a `caption`, a document `file_name` and `text`, an edit `message_id` and `text`.
   * Gives the message's id, the last one of a text that had to be split.
   */
  sendFromUser(input: unknown): number;
  /** `{ user, bot, message_id, button }`, the button by its text. */
  press(input: unknown): { url?: string; copied?: string };
  /** `{ user, bot }`, as the next two. */
  block(input: unknown): void;
  unblock(input: unknown): void;
  readChat(input: unknown): ViewedChat;
  readState(): TelegramState;
  /** `{ method, kind, status?, retry_after?, delay_ms?, count, bot? }[]`; replaces what was ordered, `[]` clears. */
  setFaults(input: unknown): void;
  /** `{ bot, count? }`: the last confirmed updates come once more, under their old ids. Gives how many there were. */
  redeliver(input: unknown): number;
  /** The last 2,000 calls on the wire, oldest first; no token and no payload. */
  calls(): CallRecord[];
};

/** `port` 0 takes a free one. The clock dates messages; polls and delays run in real time. */
export async function startTelegram(options: {
  port: number;
  clock: Clock;
  saved?: unknown;
}): Promise<TelegramStandIn> {
  const world = options.saved === undefined ? createWorld() : restoreWorld(options.saved);
  const stage: Stage = { world, clock: options.clock, feed: new UpdateFeed() };
  const faults = new Faults();
  const calls: CallRecord[] = [];
  const wire = createWire(stage, faults, calls);
  await wire.listen({ host: "127.0.0.1", port: options.port });
  const { port } = wire.server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    snapshot: () => structuredClone(world),
    createBot: (input) => createBot(stage, input),
    revokeToken: (botId) => revokeToken(stage, botId),
    sendFromUser: (input) => sendFromUser(stage, input),
    press: (input) => press(stage, input),
    block: (input) => setBlocked(stage, input, true),
    unblock: (input) => setBlocked(stage, input, false),
    readChat: (input) => readChat(stage, input),
    readState: () => readState(stage),
    setFaults: (input) => faults.set(parseControl(faultsSchema, input), methodNames),
    redeliver: (input) => {
      const wanted = parseControl(redeliverySchema, input);
      return stage.feed.redeliver(findBot(world, wanted.bot), wanted.count);
    },
    calls: () => [...calls],
    [Symbol.asyncDispose]: () => wire.close(),
  };
}
