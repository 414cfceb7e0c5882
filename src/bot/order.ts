/** From a reviewed draft to an order with a held seat, and back to a draft for whoever wants to change it before paying. */
import type { BotContext } from "#conversations/context.ts";
import * as wording from "#conversations/wording.ts";
import { type AssistantSpec, parseInstructions } from "#src/domain/assistant.ts";
import type { Customer } from "#src/domain/customer.ts";
import { type Draft, toInstructionsText, toNextStep } from "#src/domain/draft.ts";
import { toProgressHtml } from "#src/domain/progress-text.ts";
import { readDesiredAssistant, writeSpec } from "#src/store/assistants.ts";
import { writeAudit } from "#src/store/audit-log.ts";
import { countSeats, endHold, findLiveAttempt, holdSeat } from "#src/store/checkout-attempts.ts";
import { createCustomer, findCustomer, readCustomer, renameCustomer } from "#src/store/customers.ts";
import { deleteDraft, findDraft, readDraftToken, writeDraft, writeDraftBot } from "#src/store/drafts.ts";
import { isRepeated } from "#src/store/inbox.ts";
import type { BotOptions } from "./options.ts";
import { askOpenQuestion, sayWithQuestion, toUserId } from "./questions.ts";
import { say } from "./say.ts";

export function findOwnCustomer({ store }: BotOptions, ctx: BotContext): Customer | null {
  return findCustomer(store, "telegramUserId", toUserId(ctx));
}

/** The review's button. Pressed twice, or handled twice, it finds the order and shows it again. */
export async function confirm(options: BotOptions, ctx: BotContext): Promise<void> {
  const { store } = options;
  const draft = findDraft(store, toUserId(ctx));
  const known = findOwnCustomer(options, ctx);
  if (draft === null || (known !== null && known.status !== "pending")) return showStatus(options, ctx);
  if (toNextStep(draft) !== "review" || draft.bot === null) return askOpenQuestion(draft, ctx);
  const owner = findCustomer(store, "botId", draft.bot.id);
  if (owner !== null && owner.telegramUserId !== draft.userId) return say(ctx, wording.tokenProblem.taken());
  const customer = store.transaction(() => placeOrder(options, draft, known));
  if (customer === null) return say(ctx, wording.full());
  await offer(options, ctx, customer);
}

/**
 * Customer, spec, seat and audit line are one commit, and the draft ends with it. Null when every seat is taken: then
 * nothing is written.
 */
function placeOrder({ store, clock, maxCustomers }: BotOptions, draft: Draft, known: Customer | null): Customer | null {
  const isHeld = known !== null && findLiveAttempt(store, known.id) !== null;
  if (!isHeld && countSeats(store) >= maxCustomers) return null;
  const now = clock.now();
  const token = readDraftToken(store, draft.userId);
  const { bot, name, userId, chatId } = draft;
  if (token === null || bot === null || name === null) throw new Error("a reviewed draft lacks an answer");
  const named = { botId: bot.id, botUsername: bot.username, assistantName: name };
  const customer = known ?? createCustomer(store, { telegramUserId: userId, chatId, ...named }, now);
  if (known !== null) renameCustomer(store, known.id, named, now);
  const spec: AssistantSpec = {
    assistantName: name,
    instructions: parseInstructions(toInstructionsText(draft.instructions)),
    ownerTelegramId: userId,
    botId: bot.id,
    botUsername: bot.username,
    timeZone: "UTC",
  };
  writeSpec(store, customer.id, spec, token, now);
  holdSeat(store, customer.id, maxCustomers, now);
  writeAudit(store, customer.id, { action: "ordered", actor: "customer" }, now);
  deleteDraft(store, userId);
  return readCustomer(store, customer.id);
}

/** A pay button is shown with a held seat only, so that nobody pays for a place that is not there. */
async function offer({ store, clock, maxCustomers, publicUrl }: BotOptions, ctx: BotContext, customer: Customer) {
  const attempt = holdSeat(store, customer.id, maxCustomers, clock.now());
  if (attempt === null) return say(ctx, wording.full());
  const heldMinutes = Math.ceil((attempt.holdUntil.getTime() - clock.now().getTime()) / 60_000);
  await say(ctx, wording.offer(customer, { payUrl: `${publicUrl}/pay/${customer.payToken}`, heldMinutes }));
}

/** Paid while a change was being written: the order is what was paid for, and the change ends. */
export function endPaidDraft({ store }: BotOptions, ctx: BotContext): void {
  const status = findCustomer(store, "telegramUserId", toUserId(ctx))?.status;
  if (status === "provisioning" || status === "active" || status === "suspended") deleteDraft(store, toUserId(ctx));
}

/** A pending order as a draft again, at its review. What is not confirmed changes nothing. */
export async function changeOrder(options: BotOptions, ctx: BotContext): Promise<void> {
  const { store, clock } = options;
  const customer = findOwnCustomer(options, ctx);
  if (customer === null || customer.status !== "pending") return showStatus(options, ctx);
  const { spec, botToken } = readDesiredAssistant(store, customer.id);
  const userId = toUserId(ctx);
  const draft = findDraft(store, userId);
  store.transaction(() => {
    if (draft !== null) return;
    const pieces = [{ messageId: 0, text: spec.instructions }];
    const told = { userId, chatId: ctx.chat?.id ?? userId, name: spec.assistantName, instructions: pieces };
    writeDraft(store, { ...told, step: "review" }, clock.now());
    writeDraftBot(store, userId, { id: spec.botId, username: spec.botUsername }, botToken, clock.now());
  });
  const written = findDraft(store, userId);
  if (written !== null) await askOpenQuestion(written, ctx);
}

/** How it stands, in each state that a person can be in. */
export async function showStatus(options: BotOptions, ctx: BotContext): Promise<void> {
  const customer = findOwnCustomer(options, ctx);
  const draft = findDraft(options.store, toUserId(ctx));
  if (customer === null || (customer.status === "pending" && draft !== null)) {
    if (draft === null) return say(ctx, wording.statusOfNobody());
    return sayWithQuestion(options, ctx, wording.statusOfDraft());
  }
  switch (customer.status) {
    case "pending":
      return offer(options, ctx, customer);
    case "provisioning": {
      const progress = options.readProgress(customer.id);
      return say(ctx, progress === null ? wording.alive(customer) : { html: toProgressHtml(progress) });
    }
    case "active": {
      const progress = options.readProgress(customer.id);
      if (progress !== null && progress.cause !== "ready") return say(ctx, { html: toProgressHtml(progress) });
      return say(ctx, wording.alive(customer));
    }
    case "suspended":
      return say(ctx, wording.suspended(customer));
    case "cancelled":
      return say(ctx, wording.statusOfNobody());
  }
}

/**
 * Before payment it ends what there is; afterwards it says whom to write to. Said before it is done: a kill in between says
 * it twice, where the other order would find nothing left to cancel.
 */
export async function cancel(options: BotOptions, ctx: BotContext): Promise<void> {
  const { store, clock } = options;
  const customer = findOwnCustomer(options, ctx);
  const hasDraft = findDraft(store, toUserId(ctx)) !== null;
  if (customer !== null && customer.status !== "pending" && customer.status !== "cancelled") {
    return say(ctx, wording.cancelAfterPayment(options.supportContact));
  }
  const attempt = customer === null ? null : findLiveAttempt(store, customer.id);
  if (attempt === null) {
    const isAgain = isRepeated(store, ctx.update.update_id);
    await say(ctx, hasDraft || isAgain ? wording.draftCancelled() : wording.nothingToCancel());
    return deleteDraft(store, toUserId(ctx));
  }
  await say(ctx, wording.orderCancelled());
  store.transaction(() => {
    deleteDraft(store, toUserId(ctx));
    endHold(store, attempt.id, clock.now());
    writeAudit(store, attempt.customerId, { action: "hold_ended", actor: "customer" }, clock.now());
  });
  options.enqueueBilling(attempt.customerId);
}
