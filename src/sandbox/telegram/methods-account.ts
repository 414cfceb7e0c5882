/** Methods about the bot itself: who it is, its names and descriptions, its commands. */
import { isObject, type Parameters } from "./parameters.ts";
import { badRequest } from "./refusal.ts";
import type { Call, Method } from "./stage.ts";
import { toGetMe } from "./wire-objects.ts";
import type { BotAccount } from "./world.ts";

const SCOPES = [
  "default",
  "all_private_chats",
  "all_group_chats",
  "all_chat_administrators",
  "chat",
  "chat_administrators",
  "chat_member",
];

type TextField = "names" | "descriptions" | "shortDescriptions";

export const accountMethods: Record<string, Method> = {
  getMe: ({ bot }) => toGetMe(bot),
  getMyName: (call) => ({ name: readField(call, "names") || call.bot.name }),
  getMyDescription: (call) => ({ description: readField(call, "descriptions") }),
  getMyShortDescription: (call) => ({ short_description: readField(call, "shortDescriptions") }),
  setMyName: (call) => writeField(call, "names", "name", 64),
  setMyDescription: (call) => writeField(call, "descriptions", "description", 512),
  setMyShortDescription: (call) => writeField(call, "shortDescriptions", "short_description", 120),
  getMyCommands: ({ bot, parameters }) => bot.commands[commandsKey(parameters)] ?? [],
  setMyCommands: ({ bot, parameters }) => {
    bot.commands[commandsKey(parameters)] = readCommands(parameters);
    return true;
  },
  deleteMyCommands: ({ bot, parameters }) => {
    delete bot.commands[commandsKey(parameters)];
    return true;
  },
};

/** The text in that language, or the one for all languages. */
function readField({ bot, parameters }: Call, field: TextField): string {
  const texts = bot[field];
  return texts[parameters.text("language_code")] ?? texts[""] ?? "";
}

function writeField({ bot, parameters }: Call, field: TextField, name: string, maxLength: number): true {
  const text = parameters.text(name).trim();
  if ([...text].length > maxLength) throw badRequest(`${name.replace("_", " ")} is too long`);
  const texts: BotAccount[TextField] = bot[field];
  if (text === "") delete texts[parameters.text("language_code")];
  else texts[parameters.text("language_code")] = text;
  return true;
}

function commandsKey(parameters: Parameters): string {
  const scope = parameters.json("scope", "BotCommandScope") ?? { type: "default" };
  if (!isObject(scope) || !SCOPES.includes(String(scope.type))) {
    throw badRequest("can't parse BotCommandScope: Unsupported type specified");
  }
  return [scope.type, scope.chat_id, scope.user_id, parameters.text("language_code")].map(String).join(" ");
}

function readCommands(parameters: Parameters): { command: string; description: string }[] {
  const value = parameters.json("commands", "bot commands");
  if (!Array.isArray(value)) throw badRequest("can't parse list of bot commands: expected an Array of BotCommand");
  if (value.length > 100) throw badRequest("BOT_COMMANDS_TOO_MUCH");
  return value.map((each: unknown) => {
    if (!isObject(each)) throw badRequest("can't parse BotCommand: expected an Object");
    const command = String(each.command ?? "").replace(/^\//, "");
    const description = String(each.description ?? "").trim();
    if (!/^[a-z0-9_]{1,32}$/.test(command)) throw badRequest("BOT_COMMAND_INVALID");
    if (description === "" || [...description].length > 256) throw badRequest("BOT_COMMAND_DESCRIPTION_INVALID");
    return { command, description };
  });
}
