/**
 * The call to the model provider, with the platform's own key. A stream goes through byte for byte; an error becomes one
 * of OpenAI's shape, whatever the provider sent. No prompt, no answer and no vendor's error text is ever logged.
 */
import { finished, pipeline } from "node:stream/promises";
import type { FastifyReply } from "fastify";
import { Agent, type Dispatcher, request } from "undici";
import { isObject } from "#src/domain/json.ts";
import type { Logger } from "#src/domain/logger.ts";
import type { Secret } from "#src/domain/secret.ts";
import { OUR_KEY_REFUSED, type Refusal, refuse, refuseForUs, UNREACHABLE } from "./refusal.ts";

export type Provider = { baseUrl: string; key: Secret; dispatcher: Dispatcher; logger: Logger };

/** A model may think for long before its first token, and between two. */
const SILENCE_MS = 120_000;
const MOST_ERROR_BYTES = 64 * 1024;
/** What says whose account it is. */
const ACCOUNT_IDS = /\b(?:org-|proj_)\w+/g;

/** HTTP/1.1 only: a connection per stream, so that one reader's pace or abort never touches another's. */
export function createDispatcher(): Agent {
  return new Agent({ allowH2: false, headersTimeout: SILENCE_MS, bodyTimeout: SILENCE_MS, connectTimeout: 10_000 });
}

/** Answers the reply. `gone` aborts when the reader has left: the provider's work ends then too. */
export async function forward(
  provider: Provider,
  call: { body: Record<string, unknown>; accept: string | undefined; customerId: string; gone: AbortSignal },
  reply: FastifyReply,
): Promise<FastifyReply> {
  const logger = provider.logger.child({ customerId: call.customerId });
  let answer: Dispatcher.ResponseData;
  try {
    answer = await request(`${provider.baseUrl}/chat/completions`, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        authorization: `Bearer ${provider.key.reveal()}`,
        ...(call.accept === undefined ? {} : { accept: call.accept }),
      },
      body: JSON.stringify(call.body),
      dispatcher: provider.dispatcher,
      signal: call.gone,
    });
  } catch (error) {
    if (call.gone.aborted) return reply.hijack();
    logger.error({ reason: toReason(error) }, "the model provider can't be reached");
    return refuse(reply, UNREACHABLE);
  }
  if (answer.statusCode < 200 || answer.statusCode > 299) return passError(provider, logger, answer, reply);
  return stream(logger, answer, call.gone, reply);
}

/** At the reader's pace. A provider that breaks off breaks off here too: the reader must not take it as whole. */
async function stream(
  logger: Logger,
  answer: Dispatcher.ResponseData,
  gone: AbortSignal,
  reply: FastifyReply,
): Promise<FastifyReply> {
  reply.hijack();
  reply.raw.writeHead(answer.statusCode, { ...toHeaders(answer), "cache-control": "no-store" });
  reply.raw.flushHeaders();
  answer.body.once("error", (error) => {
    if (!gone.aborted) logger.warn({ reason: toReason(error) }, "the model provider broke off its answer");
  });
  // Whichever side fails, pipeline destroys the other.
  await pipeline(answer.body, reply.raw).catch(() => {});
  return reply;
}

async function passError(
  provider: Provider,
  logger: Logger,
  answer: Dispatcher.ResponseData,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const status = answer.statusCode;
  if (status === 401 || status === 403) {
    answer.body.destroy();
    logger.error({ status }, "the model provider refuses our key");
    return refuse(reply, OUR_KEY_REFUSED);
  }
  const refusal = parseError(status, await readStart(answer), provider.key);
  logger.warn({ status, type: refusal.type, code: refusal.code }, "the model provider refused a call");
  for (const [name, value] of Object.entries(toHeaders(answer))) if (name !== "content-type") reply.header(name, value);
  return refuse(reply, refusal);
}

/** The provider's own words where it has some, without our key or account in them; else a sentence of ours. */
function parseError(status: number, text: string, key: Secret): Refusal {
  const clean = (words: string) => words.replaceAll(key.reveal(), "[…]").replaceAll(ACCOUNT_IDS, "[…]");
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    body = null;
  }
  const error = isObject(body) && isObject(body.error) ? body.error : {};
  if (typeof error.message !== "string" || status < 400) {
    return refuseForUs(status < 400 ? 502 : status, "The model could not answer this time. Please try again shortly.");
  }
  const type = typeof error.type === "string" ? clean(error.type) : "server_error";
  return {
    status,
    type,
    code: typeof error.code === "string" ? clean(error.code) : null,
    message: clean(error.message),
  };
}

async function readStart({ body }: Dispatcher.ResponseData): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  body.on("data", (chunk: Buffer) => {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes > MOST_ERROR_BYTES) body.destroy();
  });
  await finished(body).catch(() => {});
  return Buffer.concat(chunks).toString("utf8");
}

/** The only headers that come back: others name our account and its limits. */
function toHeaders({ headers }: Dispatcher.ResponseData): Record<string, string> {
  const requestId = headers["x-request-id"];
  return {
    "content-type": String(headers["content-type"] ?? "application/json"),
    ...(requestId === undefined ? {} : { "x-request-id": String(requestId) }),
  };
}

/** A code only: undici's errors may carry what was on the wire. */
function toReason(error: unknown): string {
  if (!(error instanceof Error)) return "unknown";
  return "code" in error && typeof error.code === "string" ? error.code : error.name;
}
