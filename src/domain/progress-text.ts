/** The words for how far an assistant is, the same in chat and on the web. Pure: a Progress in, lines out. */
import { escapeHtml } from "./ports/messenger.ts";
import type { AssistantCause, Progress } from "./progress.ts";

export type ProgressLine = { done: boolean | "now"; text: string };

/** Which of the lines below is under way. */
const STAGE: Record<AssistantCause, number> = {
  not_wanted: 0,
  accepted: 1,
  runtime_not_ready: 1,
  preparing: 1,
  starting: 2,
  restarting: 2,
  connecting: 3,
  channel_conflict: 3,
  channel_unauthorized: 3,
  channel_failing: 3,
  recovering: 3,
  ready: 4,
};

export function toProgressLines(progress: Progress): ProgressLine[] {
  const lines = [
    "Payment confirmed",
    `Preparing ${progress.assistantName}'s workspace`,
    `Waking ${progress.assistantName} up`,
    `Connecting to @${progress.botUsername}`,
  ];
  const stage = STAGE[progress.cause];
  return lines.map((text, index) => ({ done: index === stage ? "now" : index < stage, text }));
}

/** A sentence on what is unusual, or null when all goes as it should. */
export function toProgressNote(progress: Progress): string | null {
  const bot = `@${progress.botUsername}`;
  switch (progress.cause) {
    case "runtime_not_ready":
      return `Your order is safe. It waits for a one-time installation to finish${progress.detail === null ? "" : `: ${progress.detail}`}.`;
    case "channel_conflict":
      return `Another program is using ${bot}. Stop it there, or send /revoke to @BotFather to lock it out. I go on trying.`;
    case "channel_unauthorized":
      return `Telegram no longer accepts the token of ${bot}. Was it revoked in @BotFather? Please write to us and we will put the new one in.`;
    case "channel_failing":
      return `Telegram does not answer ${bot} at the moment. I go on trying.`;
    case "restarting":
    case "recovering":
      return "Something went wrong on the way; I am starting it again.";
    case "not_wanted":
    case "accepted":
    case "preparing":
    case "starting":
    case "connecting":
    case "ready":
      return progress.isLate ? "This takes longer than it should. We have been told, and I go on trying." : null;
  }
}

const MARK = { true: "✅", false: "▫️", now: "⏳" } as const;

/** The progress message as the chat shows it. */
export function toProgressHtml(progress: Progress): string {
  const isReady = progress.cause === "ready";
  const name = escapeHtml(progress.assistantName);
  const title = isReady ? `<b>${name} is ready</b>` : `<b>Setting up ${name}</b>`;
  const lines = toProgressLines(progress).map((line) => `${MARK[`${line.done}`]} ${escapeHtml(line.text)}`);
  const note = toProgressNote(progress);
  const foot =
    note ??
    (isReady ? null : "This usually takes less than a minute. You can watch here; I will write when it is done.");
  return [title, "", ...lines, ...(foot === null ? [] : ["", escapeHtml(foot)])].join("\n");
}
