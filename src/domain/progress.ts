/**
 * How far an assistant is, as a code: the assistant loop stores it, progress-text.ts says it in words, logs print it.
 * Nothing here decides a step.
 */

export type AssistantCause =
  /** Not paid (yet, or any more): there is to be no cell. */
  | "not_wanted"
  /** Paid; nothing is done yet. */
  | "accepted"
  /** What runs cells is itself still being installed. */
  | "runtime_not_ready"
  | "preparing"
  | "starting"
  /** The gateway runs; its channel has not reached Telegram yet. */
  | "connecting"
  /** Another program polls the same bot. */
  | "channel_conflict"
  /** Telegram refuses the bot's token. */
  | "channel_unauthorized"
  | "channel_failing"
  /** It ended by itself and is started again. */
  | "restarting"
  /** It was answering, and does not at the moment; it is being repaired. */
  | "recovering"
  | "ready";

/** What web and chat show of an order. */
export type Progress = {
  assistantName: string;
  botUsername: string;
  cause: AssistantCause;
  /** In the runtime's own words, while it is being installed; else null. */
  detail: string | null;
  /** More minutes have passed since the payment than we promise. */
  isLate: boolean;
};
