/** A person in Telegram, as scenarios tell it: writes, presses, reads, pays. It sees what a phone would show, nothing else. */
import assert from "node:assert/strict";
import type { TelegramStandIn } from "#src/sandbox/telegram/start-telegram.ts";
import { eventually } from "./eventually.ts";
import type { TestSandbox } from "./sandbox.ts";

type Message = ReturnType<TelegramStandIn["readChat"]>["messages"][number];

export const GOOD_CARD = "4242424242424242";

export type Person = {
  user: string;
  write(text: string, bot?: string): number;
  /** Presses a button of the latest message that has it. */
  press(button: string): Promise<void>;
  messages(bot?: string): Message[];
  /** Waits for a message from the bot that matches, counted from `after` messages on. */
  sees(pattern: RegExp, options?: { bot?: string; after?: number; withinMs?: number }): Promise<Message>;
};

export function createPerson(sandbox: TestSandbox, user: string): Person {
  const { telegram, platformBot } = sandbox;
  const messages = (bot = platformBot): Message[] => telegram.readChat({ user, bot }).messages;
  return {
    user,
    messages,
    write: (text, bot = platformBot) => telegram.sendFromUser({ user, bot, text }),
    async press(button) {
      const message = await eventually(`a button "${button}"`, () =>
        messages().findLast((one) => one.buttons.flat().some((other) => other.text === button)),
      );
      await telegram.press({ user, bot: platformBot, message_id: message.message_id, button });
    },
    sees: (pattern, { bot = platformBot, after = 0, withinMs = 20_000 } = {}) =>
      eventually(
        `${user} sees ${pattern} from @${bot}; the chat shows:\n${messages(bot)
          .map((one) => `  ${one.from}: ${one.text}`)
          .join("\n")}`,
        () =>
          messages(bot)
            .slice(after)
            .find((one) => one.from === "bot" && pattern.test(one.text ?? "")),
        { withinMs },
      ),
  };
}

export const INSTRUCTIONS =
  "I'm a freelance developer in Lisbon.\n- Draft proposals for new clients\n- Chase unpaid invoices";

/** From /start to the review card; gives the new bot. The assistant is called Jarvis. */
export async function tellEverything(
  sandbox: TestSandbox,
  person: Person,
  botUsername: string,
): Promise<{ token: string }> {
  const made = sandbox.telegram.createBot({ owner: person.user, username: botUsername, name: "Jarvis" });
  person.write("/start");
  await person.sees(/called/i);
  person.write("Jarvis");
  await person.sees(/help/i, { after: 2 });
  person.write(INSTRUCTIONS);
  await person.press("Done");
  await person.sees(/BotFather/);
  person.write(
    `Done! Congratulations on your new bot. Use this token to access the HTTP API:\n${made.token}\nKeep it secure.`,
  );
  await person.sees(new RegExp(`Found @${botUsername}`, "i"));
  return made;
}

/** From the review card to the payment link. */
export async function confirm(person: Person): Promise<string> {
  await person.press("Looks good");
  const offer = await eventually("a pay button", () =>
    person.messages().findLast((one) => one.buttons.flat().some((button) => /^Pay /.test(button.text))),
  );
  const url = offer.buttons.flat().find((button) => /^Pay /.test(button.text))?.url;
  assert.ok(url, "the pay button opens a page");
  return url;
}

/** Opens the payment link as a browser would, until it leads to the checkout page; gives the session's id. */
export async function openCheckout(payUrl: string): Promise<string> {
  return eventually(
    "the checkout page",
    async () => {
      const answer = await fetch(payUrl, { redirect: "manual", signal: AbortSignal.timeout(10_000) });
      await answer.body?.cancel();
      return /\/c\/pay\/(cs_\w+)/.exec(answer.headers.get("location") ?? "")?.[1];
    },
    { withinMs: 30_000 },
  );
}

export async function payFor(sandbox: TestSandbox, payUrl: string, card = GOOD_CARD): Promise<void> {
  const session = await openCheckout(payUrl);
  const paid = await sandbox.stripe.pay({ session, card });
  assert.ok(paid.paid, JSON.stringify(paid));
}
