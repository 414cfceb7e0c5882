/** The sandbox's own port: a plain page to chat on at `/`, and the control API. The stand-ins have ports of their own. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import Fastify from "fastify";
import { addControlApi } from "./control-api.ts";
import type { Sandbox } from "./supervisor.ts";

/** Listens on the loopback only; port 0 takes a free one. */
export async function startSandboxServer(sandbox: Sandbox, port: number): Promise<{ url: string } & AsyncDisposable> {
  const app = Fastify({ forceCloseConnections: true });
  const page = readFileSync(join(import.meta.dirname, "page.html"), "utf8");
  app.get("/", (_request, reply) => reply.type("text/html; charset=utf-8").send(page));
  addControlApi(app, sandbox);
  const url = await app.listen({ host: "127.0.0.1", port });
  return { url, [Symbol.asyncDispose]: () => app.close() };
}
