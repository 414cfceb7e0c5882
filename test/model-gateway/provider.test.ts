/** Between the gateway and its provider: streams, readers that leave, errors, and a key that nobody ever sees. */
import assert from "node:assert/strict";
import { once } from "node:events";
import type { ServerResponse } from "node:http";
import { test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { KEY, OTHER_KEY, openGateway, PROVIDER_KEY, readAll, readError } from "./open-gateway.ts";

const STREAM = { "content-type": "text/event-stream" };
const PROMPT = "a prompt that is nobody's business";

function readerOf(answer: Response): () => Promise<string | null> {
  assert.ok(answer.body);
  const reader = answer.body.getReader();
  return async () => {
    const { done, value } = await reader.read();
    return done ? null : Buffer.from(value).toString("latin1");
  };
}

test("the first chunk of a stream arrives before the provider has sent its second", async () => {
  const second = Promise.withResolvers<void>();
  await using gateway = await openGateway(async (response) => {
    response.writeHead(200, STREAM);
    response.write("data: one\n\n");
    await second.promise;
    response.end("data: two \xff\n\n", "latin1");
  });
  const answer = await gateway.ask(KEY);
  assert.equal(answer.headers.get("content-type"), "text/event-stream");
  const read = readerOf(answer);
  assert.equal(await read(), "data: one\n\n");
  second.resolve();
  assert.equal(await read(), "data: two \xff\n\n", "bytes that are no text come through too");
  assert.equal(await read(), null);
});

test("streams of several cells run side by side, each to its own end", async () => {
  const responses = new Map<string, ServerResponse>();
  const all = Promise.withResolvers<void>();
  await using gateway = await openGateway((response, { body }) => {
    response.writeHead(200, STREAM).flushHeaders();
    responses.set(JSON.parse(body).user, response);
    if (responses.size === 12) all.resolve();
  });
  const users = Array.from({ length: 12 }, (_, index) => `user-${index}`);
  const asked = users.map((user, index) => gateway.ask(index % 2 === 0 ? KEY : OTHER_KEY, { user }));
  await all.promise;
  const readers = (await Promise.all(asked)).map(readerOf);
  for (const round of [1, 2]) {
    for (const user of users.toReversed()) responses.get(user)?.write(`${user} ${round}`);
    assert.deepEqual(
      await Promise.all(readers.map((read) => read())),
      users.map((user) => `${user} ${round}`),
    );
  }
  for (const response of responses.values()) response.end();
  assert.deepEqual(
    await Promise.all(readers.map((read) => read())),
    users.map(() => null),
  );
});

test("a reader who does not read holds the provider back", async () => {
  const total = 64 * 1024 * 1024;
  const chunk = Buffer.alloc(64 * 1024, "x");
  let sent = 0;
  const held = Promise.withResolvers<void>();
  await using gateway = await openGateway(async (response) => {
    response.writeHead(200, STREAM);
    while (sent < total) {
      sent += chunk.length;
      if (response.write(chunk)) continue;
      const drained = once(response, "drain").then(() => true);
      // Without a reader the pipe fills and stays full: many turns of the loop and no drain.
      let isHeld = true;
      for (let count = 0; count < 20_000 && isHeld; count += 1) {
        isHeld = !(await Promise.race([drained, turn(false)]));
      }
      if (isHeld) held.resolve();
      await drained;
    }
    held.resolve();
    response.end();
  });
  const answer = await gateway.ask(KEY);
  await held.promise;
  assert.ok(sent < total / 2, `${sent} bytes were taken from the provider with nobody reading`);
  assert.equal((await answer.arrayBuffer()).byteLength, total);
});

test("a reader who goes away before the answer ends the provider's work", async () => {
  const arrived = Promise.withResolvers<ServerResponse>();
  await using gateway = await openGateway((response) => arrived.resolve(response));
  const leaving = new AbortController();
  const asked = gateway.ask(KEY, undefined, { signal: leaving.signal });
  const closed = once(await arrived.promise, "close");
  leaving.abort();
  await assert.rejects(asked);
  await closed;
  assert.deepEqual(gateway.lines, [], "who leaves is no fault of the provider's");
});

test("a reader who goes away amid a stream ends the provider's work, and nobody else's", async () => {
  const responses: ServerResponse[] = [];
  await using gateway = await openGateway((response) => {
    responses.push(response.writeHead(200, STREAM));
    response.write("data: one\n\n");
  });
  const leaving = new AbortController();
  await readerOf(await gateway.ask(KEY, undefined, { signal: leaving.signal }))();
  const stays = readerOf(await gateway.ask(OTHER_KEY));
  await stays();
  const [left, kept] = responses;
  assert.ok(left && kept);
  const closed = once(left, "close");
  leaving.abort();
  await closed;
  kept.end("data: two\n\n");
  assert.equal(await stays(), "data: two\n\n");
  assert.deepEqual(gateway.lines, []);
});

test("a provider that breaks off in the middle is not made to look whole", async () => {
  await using gateway = await openGateway((response) => {
    response.writeHead(200, STREAM);
    response.write(`data: ${PROMPT}\n\n`, () => response.destroy());
  });
  const answer = await gateway.ask(KEY);
  await assert.rejects(answer.text());
  assert.deepEqual(
    gateway.lines.map(({ level, message }) => [level, message]),
    [["warn", "the model provider broke off its answer"]],
  );
});

for (const status of [401, 403]) {
  test(`a provider that refuses our key with ${status} is our fault: 502 in a plain sentence, and an error in the log`, async () => {
    await using gateway = await openGateway((response) => {
      response.writeHead(status, { "content-type": "application/json", "x-request-id": "req_1" });
      response.end(JSON.stringify({ error: { message: `Incorrect API key provided: ${PROVIDER_KEY}` } }));
    });
    const answer = await gateway.ask(KEY);
    assert.equal(answer.status, 502);
    assert.match(String((await readError(answer)).message), /^The model refuses the platform at the moment/);
    assert.deepEqual(gateway.lines, [
      { level: "error", fields: { customerId: "alexbot", status }, message: "the model provider refuses our key" },
    ]);
  });
}

test("a provider's other errors are passed on in its words and status", async () => {
  await using gateway = await openGateway((response) => {
    response.writeHead(429, { "content-type": "application/json", "x-request-id": "req_7" });
    const message = "Rate limit reached for organization org-Ab12: slow down";
    response.end(JSON.stringify({ error: { message, type: "tokens", code: "rate_limit_exceeded", param: null } }));
  });
  const answer = await gateway.ask(KEY);
  assert.equal(answer.status, 429);
  assert.equal(answer.headers.get("x-request-id"), "req_7");
  assert.deepEqual(await readError(answer), {
    message: "Rate limit reached for organization […]: slow down",
    type: "tokens",
    param: null,
    code: "rate_limit_exceeded",
  });
});

for (const [what, status, body, expected] of [
  ["a web page", 503, "<html>bad gateway</html>", 503],
  ["nothing", 500, "", 500],
  ["another shape", 400, JSON.stringify({ detail: "no" }), 400],
  ["a redirect", 307, "", 502],
  ["an endless error", 500, `{"error":{"message":"${"x".repeat(1024 * 1024)}"}}`, 500],
] as const) {
  test(`a provider that answers ${status} with ${what} is told in the API's shape, in a plain sentence`, async () => {
    await using gateway = await openGateway((response) => void response.writeHead(status).end(body));
    const answer = await gateway.ask(KEY);
    assert.equal(answer.status, expected);
    assert.match(answer.headers.get("content-type") ?? "", /^application\/json/);
    assert.match(String((await readError(answer)).message), /^The model could not answer this time/);
  });
}

test("a provider that is down is told in a plain sentence, and logged", async () => {
  await using gateway = await openGateway((response) => void response.end("{}"));
  await gateway.stopProvider();
  const answer = await gateway.ask(KEY);
  assert.equal(answer.status, 503);
  assert.match(String((await readError(answer)).message), /^The model can't be reached at the moment/);
  assert.deepEqual(gateway.lines, [
    {
      level: "error",
      fields: { customerId: "alexbot", reason: "ECONNREFUSED" },
      message: "the model provider can't be reached",
    },
  ]);
});

test("no answer, header or log line holds the provider's key, and no log line a prompt, whatever the provider does", async () => {
  const echo = JSON.stringify({
    error: { message: `${PROVIDER_KEY} ${PROMPT}`, type: PROVIDER_KEY, code: PROVIDER_KEY },
  });
  let status = 200;
  await using gateway = await openGateway((response) => {
    const headers = { "openai-organization": "org-ours", "openai-project": "proj_ours", "set-cookie": PROVIDER_KEY };
    response.writeHead(status, { ...headers, "content-type": "application/json", "x-request-id": "req_1" });
    response.end(status === 200 ? "{}" : echo);
  });
  const call = { messages: [{ role: "user", content: PROMPT }] };
  let seen = "";
  for (status of [200, 301, 400, 401, 403, 404, 429, 500, 503]) {
    const answer = await gateway.ask(KEY, call);
    assert.deepEqual([answer.headers.get("openai-organization"), answer.headers.get("set-cookie")], [null, null]);
    seen += await readAll(answer);
  }
  await gateway.stopProvider();
  seen += await readAll(await gateway.ask(KEY, call));
  const logged = JSON.stringify(gateway.lines);
  assert.equal(gateway.lines.length, 9);
  assert.equal(gateway.calls[0]?.request.headers.authorization, `Bearer ${PROVIDER_KEY}`, "the search can find it");
  for (const hidden of [PROVIDER_KEY, "org-ours", "proj_ours"]) assert.equal((seen + logged).includes(hidden), false);
  assert.equal(logged.includes(PROMPT), false);
});
