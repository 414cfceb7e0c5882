/** What the controls accept, from code and from the control API alike. Unknown fields are refused by name. */
import { z } from "zod";
import { isObject } from "./parameters.ts";

/** A name (`customer`) or an id. */
const user = z.union([z.string().regex(/^[\p{L}\p{N}][\p{L}\p{N} _.-]{0,63}$/u), z.int().positive()], {
  error: "a user is a name or an id",
});
/** Without @; one in front is forgiven. */
const bot = z.string().regex(/^@?[A-Za-z0-9_]{3,32}$/, { error: "a bot is a username without @" });
const messageId = z.int().positive();
const caption = z.string().max(1024).optional();

export const chatSchema = z.strictObject({ user, bot });

export const createBotSchema = z.strictObject({
  owner: user,
  username: z.string(),
  name: z.string().trim().min(1).max(64),
  platform: z.boolean().default(false),
  /** For a bot that has its token already; BotFather makes a new one otherwise. */
  token: z
    .string()
    .regex(/^[1-9]\d{4,15}:[A-Za-z0-9_-]{20,60}$/, { error: "that is not the form of a bot token" })
    .optional(),
});

/** Without a kind it is a text. */
export const userMessageSchema = z.preprocess(
  (input) => (isObject(input) && input.kind === undefined ? { ...input, kind: "text" } : input),
  z.discriminatedUnion("kind", [
    z.strictObject({ user, bot, kind: z.literal("text"), text: z.string().max(100_000) }),
    z.strictObject({ user, bot, kind: z.literal("sticker") }),
    z.strictObject({ user, bot, kind: z.literal("photo"), caption }),
    z.strictObject({ user, bot, kind: z.literal("voice"), caption }),
    z.strictObject({
      user,
      bot,
      kind: z.literal("document"),
      file_name: z.string().min(1).max(255),
      text: z.string().max(5_000_000),
      caption,
    }),
    z.strictObject({ user, bot, kind: z.literal("edit"), message_id: messageId, text: z.string().max(100_000) }),
  ]),
);

export const pressSchema = z.strictObject({ user, bot, message_id: messageId, button: z.string() });

/** The bot's last `count` confirmed updates. */
export const redeliverySchema = z.strictObject({ bot, count: z.int().min(1).max(100).default(1) });
