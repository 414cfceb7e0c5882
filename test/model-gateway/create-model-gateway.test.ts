/** The model gateway against a provider at the wire: keys swapped, streams passed through, refusals in plain words. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import type { Logger } from "#src/domain/logger.ts";
import { Secret } from "#src/domain/secret.ts";
import { hashVirtualKey } from "#src/domain/virtual-key.ts";
import { createModelGateway } from "#src/model-gateway/create-model-gateway.ts";

const KEY = `blytz_vk_${"k".repeat(43)}`;
const REVOKED = `blytz_vk_${"r".repeat(43)}`;
const PROVIDER_KEY = "sk-the-providers-own-key";

type Call = { request: IncomingMessage; body: string };

async function openGateway(answer: (response: ServerResponse, call: Call) => void | Promise<void>) {
  const calls: Call[] = [];
  const lines: string[] = [];
  const provider = createServer(async (request, response) => {
    let body = "";
    for await (const chunk of request) body += chunk;
    calls.push({ request, body });
    await answer(response, { request, body });
  });
  provider.listen(0, "127.0.0.1");
  await once(provider, "listening");
  const write = (fields: Record<string, unknown>, message: string) => void lines.push(message + JSON.stringify(fields));
  const logger: Logger = { debug: write, info: write, warn: write, error: write, child: () => logger };
  const gateway = createModelGateway({
    findKey: (hash) => (hash === hashVirtualKey(KEY) ? { customerId: "alexbot" } : null),
    providerBaseUrl: `http://127.0.0.1:${(provider.address() as AddressInfo).port}/v1`,
    providerKey: new Secret(PROVIDER_KEY),
    providerModel: "provider-model",
    logger,
  });
  const url = await gateway.listen({ host: "127.0.0.1", port: 0 });
  const ask = (key: string | null, body: unknown = { model: "blytz-default", stream: true, messages: [] }, init = {}) =>
    fetch(`${url}/v1/chat/completions`, {
      method: "POST",
      headers: { "content-type": "application/json", ...(key === null ? {} : { authorization: `Bearer ${key}` }) },
      body: typeof body === "string" ? body : JSON.stringify(body),
      ...init,
    });
  return {
    url,
    ask,
    calls,
    lines,
    provider,
    async [Symbol.asyncDispose]() {
      await gateway.close();
      provider.closeAllConnections();
      provider.close();
    },
  };
}

test("a known key is swapped for the provider's, and the model for the provider's model", async () => {
  await using gateway = await openGateway((response) => void response.end(JSON.stringify({ choices: [] })));
  const answer = await gateway.ask(KEY, { model: "blytz-default", messages: [{ role: "user", content: "hello" }] });
  assert.equal(answer.status, 200);
  const [call] = gateway.calls;
  assert.equal(call?.request.url, "/v1/chat/completions");
  assert.equal(call?.request.headers.authorization, `Bearer ${PROVIDER_KEY}`);
  assert.deepEqual(JSON.parse(call?.body ?? ""), {
    model: "provider-model",
    messages: [{ role: "user", content: "hello" }],
  });
});

test("the first chunk of a stream arrives before the provider has sent its second", async () => {
  const second = Promise.withResolvers<void>();
  await using gateway = await openGateway(async (response) => {
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.write("data: one\n\n");
    await second.promise;
    response.end("data: two\n\n");
  });
  const answer = await gateway.ask(KEY);
  assert.equal(answer.headers.get("content-type"), "text/event-stream");
  assert.ok(answer.body);
  const reader = answer.body.getReader();
  const read = async (): Promise<string> => new TextDecoder().decode((await reader.read()).value);
  assert.equal(await read(), "data: one\n\n");
  second.resolve();
  assert.equal(await read(), "data: two\n\n");
  assert.equal((await reader.read()).done, true);
});

test("a key that is missing, malformed, unknown or revoked never reaches the provider", async () => {
  await using gateway = await openGateway((response) => void response.end("{}"));
  for (const key of [null, "nonsense", PROVIDER_KEY, REVOKED]) {
    const answer = await gateway.ask(key);
    assert.equal(answer.status, 401);
    assert.match(((await answer.json()) as { error: { message: string } }).error.message, /key is not valid/);
  }
  assert.equal(gateway.calls.length, 0);
});

test("a reader who goes away ends the provider's work", async () => {
  const arrived = Promise.withResolvers<ServerResponse>();
  await using gateway = await openGateway((response) => arrived.resolve(response));
  const leaving = new AbortController();
  const asked = gateway.ask(KEY, undefined, { signal: leaving.signal });
  const response = await arrived.promise;
  const closed = once(response, "close");
  leaving.abort();
  await assert.rejects(asked);
  await closed;
});

test("a provider that breaks off in the middle is not made to look whole", async () => {
  await using gateway = await openGateway((response) => {
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.write("data: one\n\n", () => response.destroy());
  });
  const answer = await gateway.ask(KEY);
  await assert.rejects(answer.text());
});

test("a provider that is down, or refuses our key, is told in a plain sentence; its limits are passed on", async () => {
  let status = 401;
  const body = JSON.stringify({ error: { message: `Incorrect API key: ${PROVIDER_KEY}` } });
  await using gateway = await openGateway((response) => {
    response.writeHead(status, { "content-type": "application/json", "openai-organization": "our-organisation" });
    response.end(status === 401 ? body : JSON.stringify({ error: { message: "Slow down", type: "rate_limit" } }));
  });
  const refused = await gateway.ask(KEY);
  assert.equal(refused.status, 502);
  const words = await refused.text();
  status = 429;
  const limited = await gateway.ask(KEY);
  assert.equal(limited.status, 429);
  assert.equal(limited.headers.get("openai-organization"), null);
  assert.match(await limited.text(), /Slow down/);
  gateway.provider.closeAllConnections();
  await new Promise((closed) => gateway.provider.close(closed));
  const down = await gateway.ask(KEY);
  assert.equal(down.status, 503);
  const seen = words + (await down.text()) + gateway.lines.join("\n");
  assert.ok(gateway.lines.length >= 2, "both are logged");
  assert.ok(!seen.includes(PROVIDER_KEY), "the provider's key is in no answer and no log line");
});

test("what is not JSON, not an object or not offered is refused in the API's own shape", async () => {
  await using gateway = await openGateway((response) => void response.end("{}"));
  assert.equal((await gateway.ask(KEY, "{oops")).status, 400);
  assert.equal((await gateway.ask(KEY, "[1]")).status, 400);
  const other = await fetch(`${gateway.url}/v1/embeddings`, { method: "POST" });
  assert.equal(other.status, 404);
  assert.match(((await other.json()) as { error: { message: string } }).error.message, /does not offer/);
  assert.deepEqual(await (await fetch(`${gateway.url}/health`)).json(), { status: "ok" });
  assert.equal(gateway.calls.length, 0);
});
