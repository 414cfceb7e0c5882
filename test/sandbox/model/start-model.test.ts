/** The model stand-in says what the prompt holds and nothing else. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { systemClock } from "#src/domain/clock.ts";
import { startModel } from "#src/sandbox/model/start-model.ts";

const SYSTEM = `You are a personal assistant.
# Project Context
## /c/workspace/IDENTITY.md
# IDENTITY.md - Who Am I?
- **Name:** Jarvis
## /c/workspace/USER.md
# USER.md
> I'm a freelance developer.
> - Draft proposals
## /c/workspace/MEMORY.md
> not the person's words
<!-- end -->`;

async function open() {
  const model = await startModel({ port: 0, apiKey: "sk-right", clock: systemClock });
  const ask = (body: unknown, key = "sk-right") =>
    fetch(`${model.url}/v1/chat/completions`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${key}` },
      body: JSON.stringify(body),
    });
  const say = async (messages: unknown[]) => {
    const answer = (await (await ask({ model: "m", messages })).json()) as {
      choices: { message: { content: string } }[];
    };
    return answer.choices[0]?.message.content ?? "";
  };
  return { model, ask, say, [Symbol.asyncDispose]: () => model[Symbol.asyncDispose]() };
}

test("it quotes the name, the person's own lines and the question, each only if the prompt holds it", async () => {
  await using world = await open();
  const user = { role: "user", content: "hello" };
  assert.equal(
    await world.say([{ role: "system", content: SYSTEM }, user]),
    "I'm Jarvis. You told us: “I'm a freelance developer. / - Draft proposals”. You wrote: “hello”.",
  );
  assert.equal(await world.say([user]), "I don't know my name. I know nothing about you yet. You wrote: “hello”.");
});

test("the question is taken out of the envelope that the gateway puts around it", async () => {
  await using world = await open();
  const envelope =
    '[Mon] Conversation info: ⟦openclaw:ctx⟧\n```json\n{"sender":{}}\n```\n\nwhat now\n\nRuntime: agent=main | x';
  const inner = [{ type: "text", text: "<<<BEGIN_OPENCLAW_INTERNAL_CONTEXT>>> x" }];
  const answer = await world.say([
    { role: "user", content: envelope },
    { role: "user", content: inner },
  ]);
  assert.match(answer, /You wrote: “what now”\.$/);
});

test("a stream's pieces make up the whole answer, and its usage comes last where it was asked for", async () => {
  await using world = await open();
  const messages = [{ role: "user", content: "hello" }];
  const text = await (
    await world.ask({ model: "m", messages, stream: true, stream_options: { include_usage: true } })
  ).text();
  const chunks = text
    .split("\n\n")
    .filter((part) => part.startsWith("data: {"))
    .map((part) => JSON.parse(part.slice(6)));
  const content = chunks.map((chunk) => chunk.choices[0]?.delta.content ?? "").join("");
  assert.equal(content, await world.say(messages));
  assert.ok(chunks.at(-1)?.usage.total_tokens > 0);
  assert.ok(text.endsWith("data: [DONE]\n\n"));
});

test("another key, an empty prompt and an unknown address are refused; faults strike as ordered", async () => {
  await using world = await open();
  assert.equal((await world.ask({ model: "m", messages: [{ role: "user", content: "x" }] }, "sk-wrong")).status, 401);
  assert.equal((await world.ask({ model: "m", messages: [] })).status, 400);
  assert.equal((await fetch(`${world.model.url}/v1/embeddings`)).status, 404);
  world.model.setFaults([{ method: "*", kind: "status", status: 429, count: 1 }]);
  const ask = () => world.ask({ model: "m", messages: [{ role: "user", content: "x" }] });
  assert.equal((await ask()).status, 429);
  assert.equal((await ask()).status, 200);
  assert.deepEqual(
    world.model.calls().map(({ key }) => key),
    ["bad", "ok", "ok", "ok"],
  );
});
