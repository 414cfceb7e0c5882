/** A model gateway with a provider at the wire behind it, which answers as the test says and keeps what it was asked. */
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Logger } from "#src/domain/logger.ts";
import { Secret } from "#src/domain/secret.ts";
import { hashVirtualKey } from "#src/domain/virtual-key.ts";
import { createModelGateway } from "#src/model-gateway/create-model-gateway.ts";

export const KEY = `blytz_vk_${"k".repeat(43)}`;
export const OTHER_KEY = `blytz_vk_${"o".repeat(43)}`;
export const REVOKED = `blytz_vk_${"r".repeat(43)}`;
export const PROVIDER_KEY = "sk-the-providers-own-key";

export type Call = { request: IncomingMessage; body: string };
type Line = { level: string; fields: Record<string, unknown>; message: string };

export async function openGateway(answer: (response: ServerResponse, call: Call) => void | Promise<void>) {
  const calls: Call[] = [];
  const lines: Line[] = [];
  const provider = createServer(async (request, response) => {
    let body = "";
    for await (const chunk of request) body += chunk;
    calls.push({ request, body });
    await answer(response, { request, body });
  });
  provider.listen(0, "127.0.0.1");
  await once(provider, "listening");
  const customers = new Map([
    [hashVirtualKey(KEY), { customerId: "alexbot" }],
    [hashVirtualKey(OTHER_KEY), { customerId: "adabot" }],
  ]);
  const gateway = createModelGateway({
    findKey: (hash) => customers.get(hash) ?? null,
    providerBaseUrl: `http://127.0.0.1:${(provider.address() as AddressInfo).port}/v1`,
    providerKey: new Secret(PROVIDER_KEY),
    providerModel: "provider-model",
    logger: createRecorder(lines, {}),
  });
  const url = await gateway.listen({ host: "127.0.0.1", port: 0 });
  const ask = (
    key: string | null,
    body: unknown = { model: "blytz-default", stream: true, messages: [] },
    init: { signal?: AbortSignal; headers?: Record<string, string> } = {},
  ) =>
    fetch(`${url}/v1/chat/completions`, {
      method: "POST",
      body: typeof body === "string" ? body : JSON.stringify(body),
      ...(init.signal ? { signal: init.signal } : {}),
      headers: {
        "content-type": "application/json",
        ...(key === null ? {} : { authorization: `Bearer ${key}` }),
        ...init.headers,
      },
    });
  return {
    url,
    ask,
    calls,
    lines,
    /** From then on nothing listens where the provider was. */
    async stopProvider() {
      provider.closeAllConnections();
      await new Promise((closed) => provider.close(closed));
    },
    async [Symbol.asyncDispose]() {
      await gateway.close();
      provider.closeAllConnections();
      provider.close();
    },
  };
}

/** Everything of an answer that a cell could see. */
export async function readAll(answer: Response): Promise<string> {
  return JSON.stringify([answer.status, ...answer.headers]) + (await answer.text());
}

export async function readError(answer: Response): Promise<Record<string, unknown>> {
  return ((await answer.json()) as { error: Record<string, unknown> }).error;
}

function createRecorder(lines: Line[], context: Record<string, unknown>): Logger {
  const writer = (level: string) => (fields: Record<string, unknown>, message: string) =>
    void lines.push({ level, fields: { ...context, ...fields }, message });
  return {
    debug: writer("debug"),
    info: writer("info"),
    warn: writer("warn"),
    error: writer("error"),
    child: (fields) => createRecorder(lines, { ...context, ...fields }),
  };
}
