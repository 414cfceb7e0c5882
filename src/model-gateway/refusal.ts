/** What the gateway says when it has no answer of the model: OpenAI's error shape, in sentences a person may read. */
import type { FastifyReply } from "fastify";

export type Refusal = { status: number; type: string; code: string | null; message: string };

/** The caller's doing. */
export function refuseCaller(status: number, message: string, code: string | null = null): Refusal {
  return { status, type: "invalid_request_error", code, message };
}

/** Ours, or the provider's. */
export function refuseForUs(status: number, message: string): Refusal {
  return { status, type: "server_error", code: null, message };
}

export const UNKNOWN_KEY = refuseCaller(401, "This assistant's key is not valid (any more).", "invalid_api_key");
export const NOT_OFFERED = refuseCaller(404, "The model gateway does not offer this.");
export const NO_OBJECT = refuseCaller(400, "The body must be a JSON object.");
export const TOO_LARGE = refuseCaller(413, "This is more than the model can take at once: 32 MiB at most.");
export const BROKEN = refuseForUs(500, "Something went wrong on our side. Please try again shortly.");
export const UNREACHABLE = refuseForUs(503, "The model can't be reached at the moment. Please try again shortly.");
export const OUR_KEY_REFUSED = refuseForUs(502, "The model refuses the platform at the moment. We have been told.");

export function refuse(reply: FastifyReply, { status, type, code, message }: Refusal): FastifyReply {
  return reply.code(status).send({ error: { message, type, param: null, code } });
}
