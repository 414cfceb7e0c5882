/** The Bot API's own objects, made from what the world holds. Fields that no bot here can meet are left out. */
import type { BotAccount, Chat, Person, StoredMessage, World } from "./world.ts";

export function toUser(person: Person) {
  return { id: person.id, is_bot: false, first_name: person.name, language_code: "en" };
}

export function toBotUser(bot: BotAccount) {
  return { id: bot.id, is_bot: true, first_name: bot.names[""] ?? bot.name, username: bot.username };
}

export function toGetMe(bot: BotAccount) {
  return {
    ...toBotUser(bot),
    can_join_groups: true,
    can_read_all_group_messages: false,
    supports_guest_queries: false,
    supports_inline_queries: false,
    can_connect_to_business: false,
    has_main_web_app: false,
    has_topics_enabled: false,
    allows_users_to_create_topics: false,
    can_manage_bots: false,
    supports_join_request_queries: false,
  };
}

export function toChat(person: Person) {
  return { id: person.id, first_name: person.name, type: "private" };
}

export function toMessage(world: World, chat: Chat, message: StoredMessage): Record<string, unknown> {
  const bot = world.bots.find((each) => each.id === chat.botId) as BotAccount;
  const person = world.people.find((each) => each.id === chat.userId) as Person;
  const replied = chat.messages.find((each) => each.message_id === message.reply_to);
  const isText = message.kind === "text";
  return {
    message_id: message.message_id,
    from: message.from === "bot" ? toBotUser(bot) : toUser(person),
    chat: toChat(person),
    date: message.date,
    ...(message.edit_date === undefined ? {} : { edit_date: message.edit_date }),
    ...(replied === undefined ? {} : { reply_to_message: toMessage(world, chat, { ...replied, reply_to: -1 }) }),
    ...(isText ? { text: message.text } : { [message.kind]: message.media }),
    ...(isText || message.text === "" ? {} : { caption: message.text }),
    ...(message.entities.length === 0 ? {} : { [isText ? "entities" : "caption_entities"]: message.entities }),
    ...(message.markup !== undefined && "inline_keyboard" in message.markup ? { reply_markup: message.markup } : {}),
  };
}
