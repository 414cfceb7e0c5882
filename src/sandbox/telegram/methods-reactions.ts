/** Methods that answer what a person did, or look something up: callback answers, reactions, files, chats. */
import { chatOf, messageOf, requireUnblocked } from "./chat-lookup.ts";
import { isObject } from "./parameters.ts";
import { badRequest } from "./refusal.ts";
import { type Call, type Method, secondsNow } from "./stage.ts";
import { toChat } from "./wire-objects.ts";
import type { Person } from "./world.ts";

/** Telegram keeps a callback query for so long. */
const CALLBACK_SECONDS = 150;

const REACTIONS = [
  ..."❤👍👎🔥🥰👏😁🤔🤯😱🤬😢🎉🤩🤮💩🙏👌🕊🤡🥱🥴😍🐳🌚🌭💯🤣⚡🍌🏆💔🤨😐🍓🍾💋🖕😈😴😭🤓👻👀🎃🙈😇😨🤝✍🤗🫡🎅🎄☃💅🤪🗿🆒💘🙉🦄😘💊🙊😎👾😡",
  "❤‍🔥",
  "👨‍💻",
  "🤷‍♂",
  "🤷‍♀",
];

export const reactionMethods: Record<string, Method> = {
  answerCallbackQuery: ({ world, bot, clock, parameters }) => {
    const query = world.callbacks.find(
      (each) => each.id === parameters.text("callback_query_id") && each.botId === bot.id,
    );
    const isOld = query === undefined || secondsNow(clock) - query.at > CALLBACK_SECONDS;
    if (isOld || query.answered !== null) {
      throw badRequest("query is too old and response timeout expired or query ID is invalid");
    }
    const text = parameters.text("text");
    if ([...text].length > 200) throw badRequest("MESSAGE_TOO_LONG");
    query.answered = { text, alert: parameters.boolean("show_alert") };
    return true;
  },
  setMessageReaction,
  getFile: ({ world, bot, parameters }) => {
    const id = parameters.text("file_id");
    if (id === "") throw badRequest("file_id not specified");
    const file = world.files.find((each) => each.file_id === id && each.botId === bot.id);
    if (file === undefined) throw badRequest("wrong file_id or the file is temporarily unavailable");
    return {
      file_id: file.file_id,
      file_unique_id: file.file_unique_id,
      file_size: file.size,
      file_path: file.path,
    };
  },
  getChat: (call) => {
    const chat = chatOf(call);
    const person = call.world.people.find((each) => each.id === chat.userId) as Person;
    return { ...toChat(person), accent_color_id: 0, max_reaction_count: 11, accepted_gift_types: {} };
  },
};

/** An empty list takes the reaction away; a bot may set one, of Telegram's own emoji. */
function setMessageReaction(call: Call): true {
  const value = call.parameters.json("reaction", "reaction types") ?? [];
  if (!Array.isArray(value)) throw badRequest("can't parse reaction types: expected an Array of ReactionType");
  const chat = chatOf(call);
  const message = messageOf(chat, call.parameters, "message to react not found");
  requireUnblocked(chat);
  if (value.length > 1) throw badRequest("REACTIONS_TOO_MANY");
  for (const each of value as unknown[]) {
    const emoji = isObject(each) && each.type === "emoji" ? String(each.emoji).replaceAll("\uFE0F", "") : "";
    if (!REACTIONS.includes(emoji)) throw badRequest("REACTION_INVALID");
  }
  message.reactions = value;
  return true;
}
