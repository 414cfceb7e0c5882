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
import { type ChatMessage, escapeHtml } from "#src/domain/ports/messenger.ts";
import { findDraft, writeDraft } from "#src/store/drafts.ts";
import { isRepeated } from "#src/store/inbox.ts";
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

export function askOpenQuestion(draft: Draft, ctx: BotContext): Promise<void> {
  return say(ctx, toQuestion(draft));
}

function toQuestion(draft: Draft): ChatMessage {
  const name = draft.name ?? "your assistant";
  switch (draft.step) {
    case "name":
      return wording.askName();
    case "instructions": {
      const length = countCharacters(toInstructionsText(draft.instructions));
      return length === 0 ? wording.askInstructions(name) : wording.changeInstructions(length);
    }
    case "token":
      return wording.askToken(name);
    case "review":
      return wording.review(draft);
  }
}

/** One message: what is to be said, and below it the open question, if there is one. */
export async function sayWithQuestion({ store }: Given, ctx: BotContext, message: ChatMessage): Promise<void> {
  const draft = findDraft(store, toUserId(ctx));
  if (draft === null) return say(ctx, message);
  const question = toQuestion(draft);
  await say(ctx, { ...question, html: `${message.html}\n\n${question.html}` });
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

/** A text is the answer to the open question, whichever that is. Tells whether that question is still open. */
export async function takeText(options: BotOptions, ctx: BotContext): Promise<"open" | "answered"> {
  const text = ctx.message?.text ?? "";
  const before = findDraft(options.store, toUserId(ctx));
  switch (before?.step) {
    case "name":
      await takeName(options, ctx, text);
      break;
    case "instructions":
      await takePiece(options, ctx, { messageId: ctx.message?.message_id ?? 0, text });
      break;
    case "token":
      await say(ctx, wording.tokenMissing());
      break;
    case "review":
      await askOpenQuestion(before, ctx);
      break;
    case undefined:
      await say(ctx, wording.chatter());
  }
  const after = findDraft(options.store, toUserId(ctx));
  return before !== null && after?.step === before.step ? "open" : "answered";
}

export async function takeName(given: Given, ctx: BotContext, text: string): Promise<void> {
  try {
    await moveOn(given, ctx, { name: parseAssistantName(text) });
  } catch (error) {
    await sayProblem(ctx, error);
  }
}

/** A message or a file is one piece, in the order in which they came; what is refused leaves the others as they are. */
export async function takePiece(given: Given, ctx: BotContext, piece: InstructionPiece): Promise<void> {
  const draft = findDraft(given.store, toUserId(ctx));
  if (draft === null) return;
  if (isNameAgain(given, ctx, draft, piece)) return askOpenQuestion(draft, ctx);
  const length = await storePiece(given, ctx, draft, piece);
  if (length !== null) await say(ctx, wording.instructionsSaved(length));
}

/** An edited message replaces its piece, at any question. Other edits change nothing, which is said while one is open. */
export async function replacePiece(options: BotOptions, ctx: BotContext): Promise<void> {
  const draft = findDraft(options.store, toUserId(ctx));
  const { message_id: messageId, text = "" } = ctx.editedMessage ?? {};
  if (draft === null || messageId === undefined) return;
  if (!draft.instructions.some((piece) => piece.messageId === messageId)) {
    return sayWithQuestion(options, ctx, wording.editOverlooked());
  }
  const length = await storePiece(options, ctx, draft, { messageId, text });
  if (length === null) return;
  if (draft.step === "instructions") return say(ctx, wording.instructionsSaved(length));
  await sayWithQuestion(options, ctx, wording.editTaken());
}

/** Gives the whole length, or null when the piece was refused, and why was said. */
async function storePiece(
  { store, clock }: Given,
  ctx: BotContext,
  draft: Draft,
  piece: InstructionPiece,
): Promise<number | null> {
  const others = draft.instructions.filter((one) => one.messageId !== piece.messageId);
  const pieces = [...others, piece].sort((a, b) => a.messageId - b.messageId);
  const length = countCharacters(toInstructionsText(pieces));
  if (length > MAX_INSTRUCTIONS_LENGTH) {
    await say(ctx, wording.instructionsTooLong(length));
    return null;
  }
  try {
    parseInstructions(piece.text);
  } catch (error) {
    await sayProblem(ctx, error);
    return null;
  }
  writeDraft(store, { ...draft, instructions: pieces }, clock.now());
  return length;
}

/** We were killed after the name was stored and before its message was done: it is no instruction then. */
function isNameAgain({ store }: Given, ctx: BotContext, draft: Draft, { text }: InstructionPiece): boolean {
  if (draft.instructions.length > 0 || !isRepeated(store, ctx.update.update_id)) return false;
  try {
    return parseAssistantName(text) === draft.name;
  } catch {
    return false;
  }
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
  await say(ctx, { html: escapeHtml(error.message) });
}
