/** The model provider's stand-in: an OpenAI-compatible chat endpoint, streaming or not, strict about its key. */
import type { AddressInfo } from "node:net";
import Fastify, { type FastifyInstance, type FastifyReply } from "fastify";
import type { Clock } from "#src/domain/clock.ts";
import { isObject } from "#src/domain/json.ts";
import { ConnectionCut, cut, Faults, strikeBefore } from "../faults.ts";
import { answerFrom, parseMessages } from "./answer.ts";

/** `key`: whether the provider's own key came, or another. */
type ModelCall = { at: string; model: string; promptCharacters: number; stream: boolean; key: "ok" | "bad" };

export type ModelStandIn = AsyncDisposable & {
  url: string;
  setFaults(input: unknown): void;
  /** The last 2,000 calls, oldest first; never a prompt. */
  calls(): ModelCall[];
};

export async function startModel(options: { port: number; apiKey: string; clock: Clock }): Promise<ModelStandIn> {
  const faults = new Faults();
  const calls: ModelCall[] = [];
  const app = Fastify({ bodyLimit: 32 * 1024 * 1024, forceCloseConnections: true });
  addChat(app, options, faults, calls);
  app.setNotFoundHandler((request, reply) =>
    refuse(reply, 404, `Invalid URL (${request.method} ${request.url})`, "invalid_request_error"),
  );
  app.setErrorHandler((error: Error & { statusCode?: number }, _request, reply) =>
    refuse(reply, error.statusCode ?? 500, error.message, "invalid_request_error"),
  );
  await app.listen({ host: "127.0.0.1", port: options.port });
  return {
    url: `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`,
    setFaults: (input) => faults.set(input),
    calls: () => [...calls],
    [Symbol.asyncDispose]: () => app.close(),
  };
}

function addChat(app: FastifyInstance, options: { apiKey: string; clock: Clock }, faults: Faults, calls: ModelCall[]) {
  app.post("/v1/chat/completions", async (request, reply) => {
    const body = isObject(request.body) ? request.body : {};
    const isKeyRight = request.headers.authorization === `Bearer ${options.apiKey}`;
    const messages = parseMessages(body.messages);
    calls.push({
      at: options.clock.now().toISOString(),
      model: String(body.model),
      promptCharacters: messages.reduce((sum, { content }) => sum + content.length, 0),
      stream: body.stream === true,
      key: isKeyRight ? "ok" : "bad",
    });
    if (calls.length > 2000) calls.shift();
    if (!isKeyRight) return refuse(reply, 401, "Incorrect API key provided.", "invalid_request_error");
    if (typeof body.model !== "string" || messages.length === 0) {
      return refuse(reply, 400, "You must provide a model and messages.", "invalid_request_error");
    }
    const fault = faults.take("POST /v1/chat/completions");
    try {
      await strikeBefore(fault, reply);
      if (fault?.kind === "status") return refuse(reply, fault.status, "The sandbox was told to fail.", "server_error");
      if (fault?.kind === "reset_after") throw new ConnectionCut();
    } catch (error) {
      if (error instanceof ConnectionCut) return cut(request, reply);
      throw error;
    }
    const answer = answerFrom(messages);
    const created = Math.floor(options.clock.now().getTime() / 1000);
    const common = { id: `chatcmpl-${calls.length}-${created}`, created, model: body.model };
    return body.stream === true ? stream(reply, common, answer, body) : complete(reply, common, answer, messages);
  });
}

function refuse(reply: FastifyReply, status: number, message: string, type: string): FastifyReply {
  return reply.code(status).send({ error: { message, type, param: null, code: null } });
}

type Common = { id: string; created: number; model: string };

function complete(reply: FastifyReply, common: Common, content: string, prompt: { content: string }[]): FastifyReply {
  return reply.send({
    ...common,
    object: "chat.completion",
    choices: [
      { index: 0, message: { role: "assistant", content, refusal: null }, logprobs: null, finish_reason: "stop" },
    ],
    usage: toUsage(prompt.map((one) => one.content).join(""), content),
  });
}

/** Word by word, as server-sent events; the usage comes last where it was asked for. */
function stream(reply: FastifyReply, common: Common, answer: string, body: Record<string, unknown>): FastifyReply {
  reply.hijack();
  reply.raw.writeHead(200, { "content-type": "text/event-stream; charset=utf-8", "cache-control": "no-cache" });
  const send = (fields: Record<string, unknown>): void => {
    reply.raw.write(`data: ${JSON.stringify({ ...common, object: "chat.completion.chunk", ...fields })}\n\n`);
  };
  const choose = (delta: Record<string, unknown>, finish: string | null) =>
    send({ choices: [{ index: 0, delta, logprobs: null, finish_reason: finish }] });
  choose({ role: "assistant", content: "" }, null);
  for (const word of answer.match(/\S+\s*/g) ?? []) choose({ content: word }, null);
  choose({}, "stop");
  if (isObject(body.stream_options) && body.stream_options.include_usage === true) {
    send({ choices: [], usage: toUsage(JSON.stringify(body.messages), answer) });
  }
  reply.raw.end("data: [DONE]\n\n");
  return reply;
}

/** About four characters to a token. */
function toUsage(prompt: string, answer: string) {
  const [prompt_tokens, completion_tokens] = [prompt, answer].map((text) => Math.ceil(text.length / 4)) as [
    number,
    number,
  ];
  return { prompt_tokens, completion_tokens, total_tokens: prompt_tokens + completion_tokens };
}
