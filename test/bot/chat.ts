/** The bot over the Telegram stand-in with a store of its own, in this process; a person to talk to it with. */
import { Api } from "grammy";
import { createInspectBotToken } from "#src/adapters/telegram/inspect-bot-token.ts";
import { scrubbedFetch } from "#src/adapters/telegram/scrubbed-fetch.ts";
import { createBot } from "#src/bot/create-bot.ts";
import { readBotIdentity } from "#src/bot/identity.ts";
import { startInbox } from "#src/bot/inbox.ts";
import type { BotTokenFinding } from "#src/domain/bot-token.ts";
import { systemClock } from "#src/domain/clock.ts";
import { silentLogger } from "#src/domain/logger.ts";
import type { Progress } from "#src/domain/progress.ts";
import { Secret } from "#src/domain/secret.ts";
import { startTelegram } from "#src/sandbox/telegram/start-telegram.ts";
import { listWaitingLanes } from "#src/store/inbox.ts";
import { eventually } from "#test/support/eventually.ts";
import { openTemporaryStore } from "#test/support/temporary-store.ts";

export const BOT = "BlytzBot";

export type ChatOptions = {
  maxCustomers?: number;
  /** Looks at tokens for real unless the test says what is found. */
  finding?: (botId: number) => BotTokenFinding;
  onStep?: (boundary: string) => void;
  progress?: Progress;
};

export async function openChat(options: ChatOptions = {}) {
  await using stack = new AsyncDisposableStack();
  const telegram = stack.use(await startTelegram({ port: 0, clock: systemClock }));
  const { token } = telegram.createBot({ owner: "operator", username: BOT, name: "Blytz", platform: true });
  const { store, path } = stack.use(await openTemporaryStore());
  const billed: string[] = [];
  const start = async (): Promise<AsyncDisposable> => {
    const secret = new Secret(token);
    const api = new Api(token, { apiRoot: telegram.url, fetch: scrubbedFetch, timeoutSeconds: 60 });
    const inspect = createInspectBotToken({ apiRoot: telegram.url, platformToken: secret });
    const { finding } = options;
    const bot = createBot({
      token: secret,
      botInfo: await readBotIdentity({ api, token: secret, store, logger: silentLogger }),
      apiRoot: telegram.url,
      fetch: scrubbedFetch,
      store,
      clock: systemClock,
      logger: silentLogger,
      inspectBotToken: finding ? (given) => Promise.resolve(finding(Number(given.reveal().split(":")[0]))) : inspect,
      maxCustomers: options.maxCustomers ?? 20,
      publicUrl: "http://127.0.0.1:9",
      supportContact: "@operator",
      enqueueBilling: (id) => billed.push(id),
      readProgress: () => options.progress ?? null,
    });
    return startInbox({
      api,
      store,
      clock: systemClock,
      logger: silentLogger,
      ...bot,
      onStep: options.onStep ?? (() => {}),
    });
  };
  let inbox = await start();
  stack.defer(() => inbox[Symbol.asyncDispose]());
  const owned = stack.move();
  const chat = {
    telegram,
    platformToken: token,
    store,
    path,
    billed,
    /** Stops the bot and starts another one on the same store: nothing that was only in memory is left. */
    async restart() {
      await inbox[Symbol.asyncDispose]();
      inbox = await start();
    },
    stop: () => inbox[Symbol.asyncDispose](),
    async startAgain() {
      inbox = await start();
    },
    /** Empty for whoever has not written yet. */
    messages: (user = "customer"): ReturnType<typeof telegram.readChat>["messages"] =>
      telegram.readState().chats.some((one) => one.user === user && one.bot === BOT)
        ? telegram.readChat({ user, bot: BOT }).messages
        : [],
    said: (user = "customer"): string[] =>
      chat.messages(user).flatMap((one) => (one.from === "bot" ? [one.text ?? ""] : [])),
    /** Sends, and waits until the bot has answered and is at rest; gives what it said since. */
    async write(message: string | Record<string, unknown>, user = "customer"): Promise<string[]> {
      const before = chat.said(user).length;
      telegram.sendFromUser({ user, bot: BOT, ...(typeof message === "string" ? { text: message } : message) });
      return chat.settled(before, user);
    },
    async press(button: string, user = "customer"): Promise<string[]> {
      const before = chat.said(user).length;
      const message = chat.messages(user).findLast((one) => one.buttons.flat().some((each) => each.text === button));
      telegram.press({ user, bot: BOT, message_id: message?.message_id, button });
      return chat.settled(before, user);
    },
    async settled(before: number, user = "customer"): Promise<string[]> {
      await eventually("an answer", () => chat.said(user).length > before, { everyMs: 5, withinMs: 15_000 });
      await chat.atRest();
      return chat.said(user).slice(before);
    },
    atRest: () => eventually("rest", () => listWaitingLanes(store).length === 0, { everyMs: 5, withinMs: 15_000 }),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
  return chat;
}

export type Chat = Awaited<ReturnType<typeof openChat>>;

/** What BotFather says about a fresh bot, its token included. */
export function makeBot(
  chat: Chat,
  username: string,
  owner = "customer",
): { token: string; id: number; paste: string } {
  const { token, id } = chat.telegram.createBot({ owner, username, name: "Jarvis" });
  const paste = `Done! Congratulations on your new bot.\n\nUse this token to access the HTTP API:\n${token}\nKeep your token secure.`;
  return { token, id, paste };
}

export const found =
  (username: string) =>
  (botId: number): BotTokenFinding => ({ kind: "ok", botId, username, name: "Jarvis" });

/** From /start to the review card. */
export async function tell(chat: Chat, username: string, user = "customer"): Promise<{ token: string; id: number }> {
  const bot = makeBot(chat, username, user);
  await chat.write("/start", user);
  await chat.write("Jarvis", user);
  await chat.write("Draft proposals", user);
  await chat.press("Done", user);
  await chat.write(bot.paste, user);
  return bot;
}
