/** Who may call the model gateway, with what, and how everything else is refused. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { request } from "node:http";
import { test } from "node:test";
import { KEY, openGateway, PROVIDER_KEY, REVOKED, readError } from "./open-gateway.ts";

test("a known key is swapped for the provider's, and the model for the provider's model", async () => {
  await using gateway = await openGateway((response) => void response.end(JSON.stringify({ choices: [] })));
  const prompt = { model: "blytz-default", messages: [{ role: "user", content: "hello" }], temperature: 0.5 };
  const answer = await gateway.ask(KEY, prompt, { headers: { accept: "text/event-stream" } });
  assert.equal(answer.status, 200);
  const [call] = gateway.calls;
  assert.equal(call?.request.url, "/v1/chat/completions");
  assert.equal(call?.request.headers.authorization, `Bearer ${PROVIDER_KEY}`);
  assert.deepEqual(JSON.parse(call?.body ?? ""), { ...prompt, model: "provider-model" });
  assert.deepEqual(gateway.lines, []);
});

test("of the caller's headers, only what it accepts and what it sends goes to the provider", async () => {
  await using gateway = await openGateway((response) => void response.end("{}"));
  const headers = { accept: "text/event-stream", cookie: "a=b", "x-cell": "c", "openai-organization": "theirs" };
  await gateway.ask(KEY, undefined, { headers });
  const sent = gateway.calls[0]?.request.headers ?? {};
  assert.deepEqual(Object.keys(sent).sort(), [
    "accept",
    "authorization",
    "connection",
    "content-length",
    "content-type",
    "host",
  ]);
  assert.equal(sent.accept, "text/event-stream");
  assert.equal(sent["content-type"], "application/json");
});

test("a key that is missing, malformed, unknown or revoked never reaches the provider", async () => {
  await using gateway = await openGateway((response) => void response.end("{}"));
  for (const key of [null, "", "nonsense", PROVIDER_KEY, `${KEY}x`, KEY.toUpperCase(), REVOKED]) {
    for (const body of [undefined, "{oops"]) {
      const answer = await gateway.ask(key, body);
      assert.equal(answer.status, 401);
      assert.deepEqual(await readError(answer), {
        message: "This assistant's key is not valid (any more).",
        type: "invalid_request_error",
        param: null,
        code: "invalid_api_key",
      });
    }
  }
  assert.equal(gateway.calls.length, 0);
});

test("who has no key is refused before their body is read", async () => {
  await using gateway = await openGateway((response) => void response.end("{}"));
  const call = request(`${gateway.url}/v1/chat/completions`, {
    method: "POST",
    headers: { "content-type": "application/json", "content-length": 1000, authorization: `Bearer ${REVOKED}` },
  });
  call.on("error", () => {});
  call.write("{");
  const [answer] = await once(call, "response");
  assert.equal(answer.statusCode, 401);
  call.destroy();
});

test("what is not JSON, not an object or not offered is refused in the API's own shape", async () => {
  await using gateway = await openGateway((response) => void response.end("{}"));
  for (const [body, words] of [
    ["{oops", /must be JSON/],
    ["", /must be JSON/],
    ["[1]", /must be a JSON object/],
    ['"text"', /must be a JSON object/],
  ] as const) {
    const answer = await gateway.ask(KEY, body);
    assert.equal(answer.status, 400, body);
    const error = await readError(answer);
    assert.match(String(error.message), words);
    assert.deepEqual(Object.keys(error).sort(), ["code", "message", "param", "type"]);
  }
  for (const [method, path] of [
    ["POST", "/v1/embeddings"],
    ["GET", "/v1/chat/completions"],
    ["GET", "/"],
    ["GET", "/v1/%E0%A4%A"],
  ]) {
    const other = await fetch(`${gateway.url}${path}`, { method: method ?? "" });
    assert.equal(other.status, 404, `${method} ${path}`);
    assert.match(String((await readError(other)).message), /does not offer/);
  }
  assert.equal(gateway.calls.length, 0);
});

test("pictures of up to 32 MiB go through, and more is refused in plain words", async () => {
  await using gateway = await openGateway((response) => void response.end("{}"));
  const withPicture = (bytes: number) => JSON.stringify({ messages: [{ role: "user", content: "a".repeat(bytes) }] });
  assert.equal((await gateway.ask(KEY, withPicture(31 * 1024 * 1024))).status, 200);
  assert.ok((gateway.calls[0]?.body.length ?? 0) > 31 * 1024 * 1024);
  const tooLarge = await gateway.ask(KEY, withPicture(33 * 1024 * 1024));
  assert.equal(tooLarge.status, 413);
  assert.match(String((await readError(tooLarge)).message), /32 MiB at most/);
  assert.equal(gateway.calls.length, 1);
});

test("its health is open, and asks nobody", async () => {
  await using gateway = await openGateway((response) => void response.end("{}"));
  assert.deepEqual(await (await fetch(`${gateway.url}/health`)).json(), { status: "ok" });
  assert.equal(gateway.calls.length, 0);
});
