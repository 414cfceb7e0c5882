/** A draft: what a person has told us so far in the chat, before there is an order. The row is the truth of onboarding. */

export type DraftStep = "name" | "instructions" | "token" | "review";

/** One Telegram message of instructions; an edit of that message replaces its piece. */
export type InstructionPiece = { messageId: number; text: string };

export type Draft = {
  userId: number;
  chatId: number;
  /** Which question is open. */
  step: DraftStep;
  name: string | null;
  instructions: InstructionPiece[];
  bot: { id: number; username: string } | null;
};

export function toInstructionsText(pieces: readonly InstructionPiece[]): string {
  return pieces.map((piece) => piece.text).join("\n");
}

/** The first question that has no answer yet; `review` when all have one. */
export function toNextStep(draft: Pick<Draft, "name" | "instructions" | "bot">): DraftStep {
  if (draft.name === null) return "name";
  if (draft.instructions.length === 0) return "instructions";
  if (draft.bot === null) return "token";
  return "review";
}
