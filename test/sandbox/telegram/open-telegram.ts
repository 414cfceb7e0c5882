/** A Telegram stand-in with one bot, a clock to move, and bare calls on the wire, for the tests of this folder. */
import { startTelegram, type TelegramStandIn } from "#src/sandbox/telegram/start-telegram.ts";

type Answer = {
  status: number;
  ok: boolean;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into whatever came over the wire.
  result?: any;
  error_code?: number;
  description?: string;
  parameters?: { retry_after?: number };
};

export type OpenTelegram = AsyncDisposable & {
  telegram: TelegramStandIn;
  bot: { id: number; username: string; token: string };
  /** A call by that bot with a JSON body. */
  call(method: string, parameters?: Record<string, unknown>, token?: string): Promise<Answer>;
  /** A poll of 30 s behind the first update, given back once it is open. */
  poll(): Promise<{ answer: Promise<Answer> }>;
  advanceSeconds(seconds: number): void;
};

/** `customer` (1001) has written to @alex_bot already, and that update is still unconfirmed. */
export async function openTelegram(): Promise<OpenTelegram> {
  let time = Date.UTC(2026, 10, 23, 12);
  const telegram = await startTelegram({ port: 0, clock: { now: () => new Date(time) } });
  const bot = telegram.createBot({ owner: "customer", username: "alex_bot", name: "Alex" });
  telegram.sendFromUser({ user: "customer", bot: "alex_bot", text: "/start" });
  const call: OpenTelegram["call"] = (method, parameters = {}, token = bot.token) =>
    callMethod(telegram.url, token, method, parameters);
  return {
    telegram,
    bot,
    call,
    async poll() {
      // The first call leaves a connection for the poll, the second opens a new one: so it arrives after the poll.
      await call("getMe");
      const answer = call("getUpdates", { offset: 100_002, timeout: 30 });
      await call("getMe");
      return { answer };
    },
    advanceSeconds: (seconds) => {
      time += seconds * 1000;
    },
    [Symbol.asyncDispose]: () => telegram[Symbol.asyncDispose](),
  };
}

async function callMethod(
  root: string,
  token: string,
  method: string,
  parameters: Record<string, unknown>,
): Promise<Answer> {
  const response = await fetch(`${root}/bot${token}/${method}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(parameters),
  });
  return { status: response.status, ...((await response.json()) as Omit<Answer, "status">) };
}
