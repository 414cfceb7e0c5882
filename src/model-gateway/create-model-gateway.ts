/**
 * The model gateway, smallest form: a cell's virtual key comes in, the provider's own key goes out, the answer streams
 * through. It writes nothing, keeps no prompt, and does not meter yet.
 */
import Fastify, { type FastifyError, type FastifyInstance, type FastifyReply, type FastifyRequest } from "fastify";
import { isObject } from "#src/domain/json.ts";
import type { Logger } from "#src/domain/logger.ts";
import type { Secret } from "#src/domain/secret.ts";
import { hashVirtualKey, isVirtualKey } from "#src/domain/virtual-key.ts";
import { createDispatcher, forward } from "./provider.ts";
import { BROKEN, NO_OBJECT, NOT_OFFERED, refuse, refuseCaller, TOO_LARGE, UNKNOWN_KEY } from "./refusal.ts";

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

/** Not yet listening. Closing it ends the streams under way. */
export function createModelGateway(options: ModelGatewayOptions): FastifyInstance {
  const dispatcher = createDispatcher();
  const provider = {
    baseUrl: options.providerBaseUrl,
    key: options.providerKey,
    dispatcher,
    logger: options.logger,
  };
  const onError = (error: FastifyError, _call: FastifyRequest, reply: FastifyReply) =>
    answerError(options.logger, error, reply);
  const app = Fastify({ bodyLimit: MAX_BODY_BYTES, forceCloseConnections: true, frameworkErrors: onError });
  app.addHook("onClose", () => dispatcher.destroy());
  app.setErrorHandler(onError);
  app.setNotFoundHandler((_call, reply) => refuse(reply, NOT_OFFERED));
  app.get("/health", () => ({ status: "ok" }));

  const owners = new WeakMap<FastifyRequest, { customerId: string }>();
  app.post("/v1/chat/completions", {
    // Before the body is read: who has no key makes us hold nothing.
    onRequest: async (call, reply) => {
      const owner = findOwner(options, call.headers.authorization);
      if (owner === null) return refuse(reply, UNKNOWN_KEY);
      owners.set(call, owner);
    },
    handler: async (call, reply) => {
      const { customerId } = owners.get(call) as { customerId: string };
      if (!isObject(call.body)) return refuse(reply, NO_OBJECT);
      const gone = new AbortController();
      reply.raw.once("close", () => gone.abort());
      const body = { ...call.body, model: options.providerModel };
      return forward(provider, { body, accept: call.headers.accept, customerId, gone: gone.signal }, reply);
    },
  });
  return app;
}

function findOwner({ findKey }: ModelGatewayOptions, authorization: string | undefined): { customerId: string } | null {
  const key = /^Bearer (\S+)$/i.exec(authorization ?? "")?.[1];
  return key === undefined || !isVirtualKey(key) ? null : findKey(hashVirtualKey(key));
}

function answerError(logger: Logger, error: FastifyError, reply: FastifyReply): FastifyReply {
  const status = error.statusCode ?? 500;
  if (error.code === "FST_ERR_BAD_URL") return refuse(reply, NOT_OFFERED);
  if (status === 413) return refuse(reply, TOO_LARGE);
  if (status < 500) return refuse(reply, refuseCaller(status, "The body must be JSON, sent as application/json."));
  logger.error({ err: error }, "model gateway failed");
  return refuse(reply, BROKEN);
}
