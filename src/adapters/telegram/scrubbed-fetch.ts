/**
 * grammY's fetch without its habit of telling: node-fetch names the whole address, and so the bot's token, in the
 * message of every network error, which then stands in logs and in stored conversations (grammY's `sensitiveLogs:
 * false` covers the outer message only). Native fetch can't take its place: it refuses grammY's AbortSignal.
 */
import { createRequire } from "node:module";
import type { ApiClientOptions } from "grammy";

/** The client's option is required by grammY to be typed as its platform's fetch. */
type GrammyFetch = NonNullable<ApiClientOptions["fetch"]>;

const require = createRequire(import.meta.url);
// node-fetch is a dependency of grammY, not ours: it is resolved from where grammY stands.
const nodeFetch = createRequire(require.resolve("grammy"))("node-fetch") as (...args: unknown[]) => Promise<unknown>;

/** For `client.fetch` of every Bot and Api. Errors keep their `code` and `type`, and lose tokens and stack. */
export const scrubbedFetch = (async (...args: unknown[]) => {
  try {
    return await nodeFetch(...args);
  } catch (error) {
    throw scrub(error);
  }
}) as unknown as GrammyFetch;

function scrub(error: unknown): Error {
  const { name, message, code, type } = error as Error & { code?: unknown; type?: unknown };
  const scrubbed = new Error(String(message).replaceAll(/\/bot\d+:[A-Za-z0-9_-]+/g, "/bot<token>"));
  return Object.assign(scrubbed, { name, code, type });
}
