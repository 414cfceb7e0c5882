/**
 * The model gateway, smallest form: a cell's virtual key comes in, the provider's own key goes out, the answer streams
 * through. It writes nothing, keeps no prompt, and its errors are sentences that an assistant may show to its person.
 */
import { pipeline } from "node:stream/promises";
import Fastify, { type FastifyInstance, type FastifyReply } from "fastify";
import { type Dispatcher, request } from "undici";
import { isObject } from "#src/domain/json.ts";
import type { Logger } from "#src/domain/logger.ts";
import type { Secret } from "#src/domain/secret.ts";
import { hashVirtualKey, isVirtualKey } from "#src/domain/virtual-key.ts";

export type ModelGatewayOptions = {
  /** Whose key this is, by its hash; null for one that is unknown or revoked. */
  findKey(keyHash: string): { customerId: string } | null;
  /** Such as https://api.openai.com/v1, without a slash at its end. */
  providerBaseUrl: string;
  providerKey: Secret;
  /** What the provider calls the model that assistants think with. */
  providerModel: string;
  logger: Logger;
};

/** Pictures come inline. */
const MAX_BODY_BYTES = 32 * 1024 * 1024;
/** A model may think for long before its first token. */
const FIRST_BYTE_MS = 120_000;

type Refusal = { status: number; type: string; message: string };

const UNKNOWN_KEY = refusal(401, "invalid_request_error", "This assistant's key is not valid (any more).");
const UNREACHABLE = refusal(503, "server_error", "The model can't be reached at the moment. Please try again shortly.");
const OUR_FAULT = refusal(502, "server_error", "The model refuses the platform at the moment. We have been told.");

export function createModelGateway(options: ModelGatewayOptions): FastifyInstance {
  const app = Fastify({ bodyLimit: MAX_BODY_BYTES, forceCloseConnections: true });
  app.get("/health", () => ({ status: "ok" }));
  app.post("/v1/chat/completions", async (call, reply) => {
    const owner = findOwner(options, call.headers.authorization);
    if (owner === null) return refuse(reply, UNKNOWN_KEY);
    if (!isObject(call.body))
      return refuse(reply, refusal(400, "invalid_request_error", "The body must be a JSON object."));
    const gone = new AbortController();
    reply.raw.once("close", () => gone.abort());
    return forward(options, { ...call.body, model: options.providerModel }, owner.customerId, gone.signal, reply);
  });
  app.setNotFoundHandler((_call, reply) =>
    refuse(reply, refusal(404, "invalid_request_error", "The model gateway does not offer this.")),
  );
  app.setErrorHandler((error: Error & { statusCode?: number }, _call, reply) => {
    const status = error.statusCode ?? 500;
    if (status >= 500) options.logger.error({ err: error }, "model gateway failed");
    return refuse(reply, status < 500 ? refusal(status, "invalid_request_error", error.message) : OUR_FAULT);
  });
  return app;
}

function findOwner({ findKey }: ModelGatewayOptions, authorization: string | undefined): { customerId: string } | null {
  const key = /^Bearer (\S+)$/i.exec(authorization ?? "")?.[1];
  return key === undefined || !isVirtualKey(key) ? null : findKey(hashVirtualKey(key));
}

async function forward(
  options: ModelGatewayOptions,
  body: Record<string, unknown>,
  customerId: string,
  signal: AbortSignal,
  reply: FastifyReply,
): Promise<FastifyReply> {
  let answer: Dispatcher.ResponseData;
  try {
    answer = await request(`${options.providerBaseUrl}/chat/completions`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${options.providerKey.reveal()}` },
      body: JSON.stringify(body),
      headersTimeout: FIRST_BYTE_MS,
      bodyTimeout: FIRST_BYTE_MS,
      signal,
    });
  } catch (error) {
    if (signal.aborted) return reply.hijack();
    options.logger.error({ customerId, err: error }, "the model provider can't be reached");
    return refuse(reply, UNREACHABLE);
  }
  if (answer.statusCode === 401 || answer.statusCode === 403) {
    answer.body.destroy();
    options.logger.error({ customerId, status: answer.statusCode }, "the model provider refuses our key");
    return refuse(reply, OUR_FAULT);
  }
  return stream(options, answer, customerId, reply);
}

/** Byte for byte, at the reader's pace. A provider that breaks off breaks off here too: the reader must not take it as whole. */
async function stream(
  { logger }: ModelGatewayOptions,
  answer: Dispatcher.ResponseData,
  customerId: string,
  reply: FastifyReply,
): Promise<FastifyReply> {
  reply.hijack();
  const contentType = String(answer.headers["content-type"] ?? "application/json");
  reply.raw.writeHead(answer.statusCode, {
    "content-type": contentType,
    "cache-control": "no-store",
  });
  try {
    await pipeline(answer.body, reply.raw);
  } catch (error) {
    logger.warn({ customerId, err: error }, "a model's answer was cut off");
    reply.raw.destroy();
  }
  return reply;
}

function refusal(status: number, type: string, message: string): Refusal {
  return { status, type, message };
}

/** OpenAI's error shape. */
function refuse(reply: FastifyReply, { status, type, message }: Refusal): FastifyReply {
  return reply.code(status).send({ error: { message, type, param: null, code: null } });
}
