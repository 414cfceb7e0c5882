/** Drafts: what a person has told us so far survives, and the token in it opens for nobody else. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { isAppError } from "#src/domain/errors.ts";
import { Secret } from "#src/domain/secret.ts";
import { deleteDraft, findDraft, readDraftToken, writeDraft, writeDraftBot } from "#src/store/drafts.ts";
import { NOW } from "#test/support/add-customer.ts";
import { openTemporaryStore } from "#test/support/temporary-store.ts";

const DRAFT = {
  userId: 1,
  chatId: 2,
  step: "token",
  name: "Ada",
  instructions: [
    { messageId: 10, text: "Quotes \" and '; DROP TABLE drafts; --" },
    { messageId: 11, text: "two\nlines 🔑" },
  ],
} as const;
const draft = (changed: object = {}) => ({ ...DRAFT, instructions: [...DRAFT.instructions], ...changed });

test("a draft is read as it was written, without a bot at first", async () => {
  await using temporary = openTemporaryStore();
  assert.equal(findDraft(temporary.store, 1), null);
  writeDraft(temporary.store, draft(), NOW);
  assert.deepEqual(findDraft(temporary.store, 1), { ...draft(), bot: null });
  assert.equal(findDraft(temporary.store, 2), null);
});

test("writing it again replaces the answers and keeps the bot and its token", async () => {
  await using temporary = openTemporaryStore();
  const { store } = temporary;
  writeDraft(store, draft(), NOW);
  writeDraftBot(store, 1, { id: 7, username: "AdaBot" }, new Secret("7:token"), NOW);
  writeDraft(store, draft({ step: "review", name: null, instructions: [], chatId: 3 }), NOW);
  const bot = { id: 7, username: "AdaBot" };
  assert.deepEqual(findDraft(store, 1), { ...draft({ step: "review", name: null, instructions: [], chatId: 3 }), bot });
  assert.equal(readDraftToken(store, 1)?.reveal(), "7:token");
});

test("the token is null until it is given, and when there is no draft", async () => {
  await using temporary = openTemporaryStore();
  assert.equal(readDraftToken(temporary.store, 1), null);
  writeDraft(temporary.store, draft(), NOW);
  assert.equal(readDraftToken(temporary.store, 1), null);
});

test("a token copied into another person's draft does not open there", async () => {
  await using temporary = openTemporaryStore();
  const { store } = temporary;
  for (const userId of [1, 2]) writeDraft(store, draft({ userId }), NOW);
  writeDraftBot(store, 1, { id: 7, username: "AdaBot" }, new Secret("7:token"), NOW);
  store.sql("UPDATE drafts SET bot_token_sealed = (SELECT bot_token_sealed FROM drafts WHERE user_id = 1)").run();
  assert.throws(
    () => readDraftToken(store, 2),
    (error) => isAppError(error, "internal"),
  );
});

test("a deleted draft is gone, and only that one", async () => {
  await using temporary = openTemporaryStore();
  const { store } = temporary;
  for (const userId of [1, 2]) writeDraft(store, draft({ userId }), NOW);
  deleteDraft(store, 1);
  assert.equal(findDraft(store, 1), null);
  assert.notEqual(findDraft(store, 2), null);
});
