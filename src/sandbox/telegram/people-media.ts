/** The media that people send: a sticker, a photo, a voice message, a text document; the bytes are the least that will do. */
import { addFile, type BotAccount, type StoredMessage, type World } from "./world.ts";

type Wanted =
  | { kind: "sticker" }
  | { kind: "photo" | "voice"; caption?: string | undefined }
  | { kind: "document"; file_name: string; text: string; caption?: string | undefined };

const ONE_PIXEL_PNG = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
  "base64",
);

export function createMedia(
  world: World,
  bot: BotAccount,
  wanted: Wanted,
): Pick<StoredMessage, "kind" | "text" | "media"> {
  switch (wanted.kind) {
    case "sticker": {
      const looks = { type: "regular", width: 512, height: 512, is_animated: false, is_video: false, emoji: "👍" };
      return {
        kind: "sticker",
        text: "",
        media: { ...store(world, bot, "stickers", ".webp", ONE_PIXEL_PNG), ...looks },
      };
    }
    case "photo": {
      const photo = { ...store(world, bot, "photos", ".png", ONE_PIXEL_PNG), width: 1, height: 1 };
      return { kind: "photo", text: wanted.caption?.trim() ?? "", media: [photo] };
    }
    case "voice": {
      const voice = { ...store(world, bot, "voice", ".oga", Buffer.from("OggS")), duration: 3, mime_type: "audio/ogg" };
      return { kind: "voice", text: wanted.caption?.trim() ?? "", media: voice };
    }
    case "document": {
      const extension = /\.[A-Za-z0-9]{1,8}$/.exec(wanted.file_name)?.[0] ?? "";
      const file = store(world, bot, "documents", extension, Buffer.from(wanted.text));
      const media = { ...file, file_name: wanted.file_name, mime_type: "text/plain" };
      return { kind: "document", text: wanted.caption?.trim() ?? "", media };
    }
  }
}

function store(world: World, bot: BotAccount, folder: string, extension: string, content: Buffer) {
  const file = addFile(world, bot, folder, extension, content);
  return { file_id: file.file_id, file_unique_id: file.file_unique_id, file_size: file.size };
}
