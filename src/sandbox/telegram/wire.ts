/**
 * The Bot API as it is on the wire: paths, tokens, answers, downloads, ordered faults, and a record of the calls.
 * It knows no method's rules; it finds the bot and the method and puts what they say into Telegram's envelope.
 */
import { setTimeout as delay } from "node:timers/promises";
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from "fastify";
import { type Faults, toRefusal } from "./faults.ts";
import { accountMethods } from "./methods-account.ts";
import { messageMethods } from "./methods-messages.ts";
import { reactionMethods } from "./methods-reactions.ts";
import { updateMethods } from "./methods-updates.ts";
import { Refusal } from "./refusal.ts";
import { parseParameters } from "./request-body.ts";
import type { Call, Method, Stage } from "./stage.ts";
import type { BotAccount } from "./world.ts";

const MAX_BODY_BYTES = 50 * 1024 * 1024;
const KEPT_CALLS = 2000;

const METHODS: Record<string, Method> = { ...accountMethods, ...updateMethods, ...messageMethods, ...reactionMethods };
export const methodNames = Object.keys(METHODS);
const NAME_BY_LOWER_CASE = new Map(methodNames.map((name) => [name.toLowerCase(), name]));

/** One call on the wire. `error_code` is absent when it went well or the connection was cut. */
export type CallRecord = { at: string; bot: string; method: string; ok: boolean; error_code?: number };

/** Thrown through the answering code when the connection itself is to end. */
class ConnectionCut extends Error {}

export function createWire(stage: Stage, faults: Faults, calls: CallRecord[]): FastifyInstance {
  const wire = Fastify({
    bodyLimit: MAX_BODY_BYTES,
    forceCloseConnections: true,
    routerOptions: { maxParamLength: 500 },
  });
  wire.removeAllContentTypeParsers();
  wire.addContentTypeParser("*", { parseAs: "buffer" }, (_request, body, done) => done(null, body));
  wire.get("/file/*", (request, reply) => download(stage, request, reply));
  wire.route({
    method: ["GET", "POST"],
    url: "/*",
    handler: (request, reply) => answer(stage, faults, calls, request, reply),
  });
  wire.setErrorHandler((error, _request, reply) => {
    const status = (error as { statusCode?: number }).statusCode ?? 500;
    const refusal =
      error instanceof Refusal
        ? error
        : new Refusal(
            status,
            status === 413
              ? "Request Entity Too Large"
              : status < 500
                ? "Bad Request"
                : `Internal Server Error: ${(error as Error).message}`,
          );
    return refuse(reply, refusal);
  });
  return wire;
}

async function answer(stage: Stage, faults: Faults, calls: CallRecord[], request: FastifyRequest, reply: FastifyReply) {
  const { bot, methodName, search } = readAddress(stage, request);
  const record = (outcome: { ok: boolean; error_code?: number }) => {
    calls.push({ at: stage.clock.now().toISOString(), bot: bot.username, method: methodName, ...outcome });
    if (calls.length > KEPT_CALLS) calls.shift();
  };
  try {
    const parameters = parseParameters(search, request.headers["content-type"] ?? "", toBuffer(request.body));
    const call: Call = { ...stage, bot, parameters, signal: signalOf(reply) };
    const result = await perform(call, methodName, faults);
    record({ ok: true });
    return reply.send({ ok: true, result });
  } catch (error) {
    if (error instanceof ConnectionCut) {
      record({ ok: false });
      reply.hijack();
      request.raw.socket.destroy();
      return reply;
    }
    record({ ok: false, error_code: error instanceof Refusal ? error.status : 500 });
    throw error;
  }
}

async function perform(call: Call, methodName: string, faults: Faults): Promise<unknown> {
  const fault = faults.take(methodName, call.bot.username);
  switch (fault?.kind) {
    case "status":
      throw toRefusal(fault);
    case "reset_before":
      throw new ConnectionCut();
    case "hang":
      await aborted(call.signal);
      throw new ConnectionCut();
    case "delay":
      await delay(fault.delay_ms, undefined, { signal: call.signal }).catch(() => {
        throw new ConnectionCut();
      });
      break;
    case "delay_after":
    case "reset_after":
    case undefined:
      break;
  }
  const method = METHODS[NAME_BY_LOWER_CASE.get(methodName.toLowerCase()) ?? ""];
  if (method === undefined) throw new Refusal(404, "Not Found: method not found");
  const result = await method(call);
  if (fault?.kind === "reset_after") throw new ConnectionCut();
  if (fault?.kind === "delay_after") await delay(fault.delay_ms);
  return result;
}

/** A malformed token is no address at all (as in production); one that nobody has, or has no longer, is 401. */
function readAddress(stage: Stage, request: FastifyRequest) {
  const url = new URL(request.url, "http://telegram.invalid");
  const match = /^\/bot([^/]*)\/([^/]*)$/.exec(url.pathname);
  if (match === null) throw new Refusal(404, "Not Found");
  const bot = findByToken(stage, decodeURIComponent(match[1] ?? ""));
  const methodName = match[2] ?? "";
  return { bot, methodName: NAME_BY_LOWER_CASE.get(methodName.toLowerCase()) ?? methodName, search: url.searchParams };
}

function findByToken({ world }: Stage, token: string): BotAccount {
  if (!/^[1-9]\d{0,15}:[A-Za-z0-9_-]+$/.test(token) || token.length > 80) throw new Refusal(404, "Not Found");
  const bot = world.bots.find((each) => each.token === token);
  if (bot === undefined) throw new Refusal(401, "Unauthorized");
  return bot;
}

function download(stage: Stage, request: FastifyRequest, reply: FastifyReply) {
  const match = /^\/file\/bot([^/]*)\/(.+)$/.exec(new URL(request.url, "http://telegram.invalid").pathname);
  if (match === null) throw new Refusal(404, "Not Found");
  const bot = findByToken(stage, decodeURIComponent(match[1] ?? ""));
  const file = stage.world.files.find((each) => each.botId === bot.id && each.path === match[2]);
  if (file === undefined) throw new Refusal(404, "Not Found");
  return reply.type("application/octet-stream").send(Buffer.from(file.base64, "base64"));
}

function refuse(reply: FastifyReply, { status, message, retryAfter }: Refusal) {
  if (retryAfter !== undefined) reply.header("retry-after", String(retryAfter));
  return reply.code(status).send({
    ok: false,
    error_code: status,
    description: message,
    ...(retryAfter === undefined ? {} : { parameters: { retry_after: retryAfter } }),
  });
}

function toBuffer(body: unknown): Buffer {
  return Buffer.isBuffer(body) ? body : Buffer.alloc(0);
}

function signalOf(reply: FastifyReply): AbortSignal {
  const controller = new AbortController();
  reply.raw.once("close", () => controller.abort());
  return controller.signal;
}

async function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
}
