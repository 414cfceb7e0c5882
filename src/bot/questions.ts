/** The open question of a draft: asking it, and taking its answer. The draft's row is the truth; everything may be repeated. */
import type { BotContext } from "#conversations/context.ts";
import * as wording from "#conversations/wording.ts";
import {
  countCharacters,
  MAX_INSTRUCTIONS_LENGTH,
  parseAssistantName,
  parseInstructions,
} from "#src/domain/assistant.ts";
import { type Draft, type InstructionPiece, toInstructionsText, toNextStep } from "#src/domain/draft.ts";
import { isAppError } from "#src/domain/errors.ts";
import { findDraft, writeDraft } from "#src/store/drafts.ts";
import type { BotOptions } from "./options.ts";
import { say } from "./say.ts";

type Given = Pick<BotOptions, "store" | "clock">;

export function toUserId(ctx: BotContext): number {
  const id = ctx.from?.id;
  if (id === undefined) throw new Error("an update without a person reached a dialogue");
  return id;
}

export function beginDraft({ store, clock }: Given, ctx: BotContext): void {
  const empty = { userId: toUserId(ctx), chatId: ctx.chat?.id ?? toUserId(ctx), name: null, instructions: [] };
  writeDraft(store, { ...empty, step: "name" }, clock.now());
}

export async function askOpenQuestion(draft: Draft, ctx: BotContext): Promise<void> {
  const name = draft.name ?? "your assistant";
  switch (draft.step) {
    case "name":
      return say(ctx, wording.askName());
    case "instructions": {
      const length = countCharacters(toInstructionsText(draft.instructions));
      return say(ctx, length === 0 ? wording.askInstructions(name) : wording.changeInstructions(length));
    }
    case "token":
      return say(ctx, wording.askToken(name));
    case "review":
      return say(ctx, wording.review(draft));
  }
}

/** Stores the draft's next step and asks its question. */
export async function moveOn({ store, clock }: Given, ctx: BotContext, changed: Partial<Draft> = {}): Promise<void> {
  const draft = findDraft(store, toUserId(ctx));
  if (draft === null) return;
  const next = { ...draft, ...changed };
  writeDraft(store, { ...next, step: changed.step ?? toNextStep(next) }, clock.now());
  const written = findDraft(store, toUserId(ctx));
  if (written !== null) await askOpenQuestion(written, ctx);
}

export async function takeName(given: Given, ctx: BotContext, text: string): Promise<"open" | "answered"> {
  if (findDraft(given.store, toUserId(ctx))?.step !== "name") return "answered";
  try {
    await moveOn(given, ctx, { name: parseAssistantName(text) });
    return "answered";
  } catch (error) {
    await sayProblem(ctx, error);
    return "open";
  }
}

/** A message, or a message once more after it was edited: one piece for each, in the order in which they came. */
export async function takePiece({ store, clock }: Given, ctx: BotContext, piece: InstructionPiece): Promise<"open"> {
  const draft = findDraft(store, toUserId(ctx));
  if (draft?.step !== "instructions") return "open";
  const others = draft.instructions.filter((one) => one.messageId !== piece.messageId);
  const pieces = [...others, piece].sort((a, b) => a.messageId - b.messageId);
  const length = countCharacters(toInstructionsText(pieces));
  if (length > MAX_INSTRUCTIONS_LENGTH) {
    await say(ctx, wording.instructionsTooLong(length));
    return "open";
  }
  try {
    parseInstructions(piece.text);
    writeDraft(store, { ...draft, instructions: pieces }, clock.now());
    await say(ctx, wording.instructionsSaved(length));
  } catch (error) {
    await sayProblem(ctx, error);
  }
  return "open";
}

export async function finishInstructions(given: Given, ctx: BotContext): Promise<void> {
  const draft = findDraft(given.store, toUserId(ctx));
  if (draft === null) return;
  if (draft.instructions.length === 0) return say(ctx, wording.instructionsMissing());
  await moveOn(given, ctx);
}

export async function clearInstructions({ store, clock }: Given, ctx: BotContext): Promise<void> {
  const draft = findDraft(store, toUserId(ctx));
  if (draft === null) return;
  writeDraft(store, { ...draft, step: "instructions", instructions: [] }, clock.now());
  await say(ctx, wording.instructionsCleared());
}

/** What is wrong with an answer is for the person; anything else goes on upwards. */
async function sayProblem(ctx: BotContext, error: unknown): Promise<void> {
  if (!isAppError(error, "invalid")) throw error;
  await say(ctx, { html: error.message });
}
