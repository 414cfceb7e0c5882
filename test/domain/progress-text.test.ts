/** The words for how far an assistant is: always the same lines, one of them under way, trouble named. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { AssistantCause, Progress } from "#src/domain/progress.ts";
import { toProgressHtml, toProgressLines, toProgressNote } from "#src/domain/progress-text.ts";

const progress = (cause: AssistantCause, changed: Partial<Progress> = {}): Progress => ({
  assistantName: "Ada",
  botUsername: "AdaBot",
  cause,
  detail: null,
  isLate: false,
  ...changed,
});

/** How many of the four lines are done; the next one is under way. */
const DONE: Record<AssistantCause, number> = {
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

test("the same four lines for every cause, so many done, the next one under way", () => {
  for (const [cause, done] of Object.entries(DONE)) {
    const lines = toProgressLines(progress(cause as AssistantCause));
    assert.deepEqual(
      lines.map((line) => line.done),
      [0, 1, 2, 3].map((index) => (index === done ? "now" : index < done)),
      cause,
    );
    assert.deepEqual(
      lines.map((line) => line.text),
      ["Payment confirmed", "Preparing Ada's workspace", "Waking Ada up", "Connecting to @AdaBot"],
    );
  }
});

test("what is unusual is said in a sentence, with what the person can do", () => {
  assert.match(toProgressNote(progress("channel_conflict")) ?? "", /Another program is using @AdaBot.*\/revoke/);
  assert.match(toProgressNote(progress("channel_unauthorized")) ?? "", /no longer accepts the token of @AdaBot/);
  assert.match(toProgressNote(progress("channel_failing")) ?? "", /Telegram does not answer @AdaBot/);
  assert.match(
    toProgressNote(progress("runtime_not_ready", { detail: "40 %" })) ?? "",
    /Your order is safe.*: 40 %\.$/,
  );
  assert.match(toProgressNote(progress("runtime_not_ready")) ?? "", /to finish\.$/);
  for (const cause of ["restarting", "recovering"] as const)
    assert.match(toProgressNote(progress(cause)) ?? "", /starting it again/);
});

test("while all goes as it should there is nothing to say, unless it is late", () => {
  for (const cause of ["accepted", "preparing", "starting", "connecting"] as const) {
    assert.equal(toProgressNote(progress(cause)), null);
    assert.match(toProgressNote(progress(cause, { isLate: true })) ?? "", /takes longer than it should/);
  }
});

test("in the chat, names are text whatever they hold, and ready needs no more words", () => {
  const html = toProgressHtml(progress("starting", { assistantName: "<b>&" }));
  assert.match(html, /^<b>Setting up &lt;b&gt;&amp;<\/b>\n\n✅ Payment confirmed\n✅ Preparing &lt;b&gt;/);
  assert.match(html, /⏳ Waking .*\n▫️ Connecting/);
  assert.match(html, /usually takes less than a minute/);
  assert.equal(toProgressHtml(progress("ready")).split("\n").length, 6);
  assert.match(toProgressHtml(progress("ready")), /^<b>Ada is ready<\/b>/);
});
