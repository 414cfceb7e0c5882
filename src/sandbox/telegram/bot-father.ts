/** BotFather's part: new bots and new tokens, under its rules and in its words. It has no chat of its own here. */
import { randomBytes, randomInt } from "node:crypto";
import { AppError } from "#src/domain/errors.ts";
import { createBotSchema } from "./control-schemas.ts";
import { parseControl } from "./parse-control.ts";
import { Refusal } from "./refusal.ts";
import type { Stage } from "./stage.ts";
import { type BotAccount, findOrAddPerson, type World } from "./world.ts";

/** Where each bot's update ids begin: the same number at every bot, as two real bots may well share numbers. */
const FIRST_UPDATE_ID = 100_001;

export type NewBot = { id: number; username: string; token: string };

/** Throws `invalid`, in BotFather's words where the rule is his. */
export function createBot({ world }: Stage, input: unknown): NewBot {
  const wanted = parseControl(createBotSchema, input);
  const username = wanted.username.replace(/^@/, "");
  checkUsername(world, username);
  const token = wanted.token ?? `${newBotId(world)}:${newSecret()}`;
  const id = Number(token.split(":")[0]);
  if (world.bots.some((each) => each.id === id)) {
    throw new AppError(`There is a bot with the id ${id} already.`, { code: "invalid" });
  }
  const bot: BotAccount = {
    id,
    username,
    name: wanted.name,
    ownerId: findOrAddPerson(world, wanted.owner).id,
    platform: wanted.platform,
    token,
    names: {},
    descriptions: {},
    shortDescriptions: {},
    commands: {},
    queue: { nextUpdateId: FIRST_UPDATE_ID, pending: [], confirmed: [], again: [], allowed: null, webhookUrl: "" },
  };
  world.bots.push(bot);
  return { id, username, token };
}

/** The old token is refused from now on, in the middle of a poll too. Throws `not_found`. */
export function revokeToken({ world, feed }: Stage, botId: number): string {
  const bot = world.bots.find((each) => each.id === botId);
  if (bot === undefined) throw new AppError(`There is no bot with the id ${botId}.`, { code: "not_found" });
  bot.token = `${bot.id}:${newSecret()}`;
  feed.refuseOpenPoll(bot, new Refusal(401, "Unauthorized"));
  return bot.token;
}

function checkUsername(world: World, username: string): void {
  const refuse = (words: string) => new AppError(words, { code: "invalid" });
  if (!/^[A-Za-z0-9_]{5,32}$/.test(username)) throw refuse("Sorry, this username is invalid.");
  if (!/bot$/i.test(username)) {
    throw refuse("Sorry, the username must end in 'bot'. E.g. 'Tetris_bot' or 'Tetrisbot'");
  }
  if (world.bots.some((each) => each.username.toLowerCase() === username.toLowerCase())) {
    throw refuse("Sorry, this username is already taken. Please try something different.");
  }
}

function newBotId(world: World): number {
  const id = randomInt(7_000_000_000, 9_000_000_000);
  return world.bots.some((each) => each.id === id) ? newBotId(world) : id;
}

function newSecret(): string {
  return `AA${randomBytes(33).toString("base64url").slice(0, 33)}`;
}
