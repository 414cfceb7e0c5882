/** `/api/health` and `/health`: whether this process serves. Cheap enough to ask many times a second; it asks nobody else. */
import type { FastifyInstance } from "fastify";
import type { Store } from "#src/store/database.ts";
import type { WebParts } from "./create-web.ts";

export type PlatformHealth = { version: string; uptimeSeconds: number; isStopping: boolean };

export function healthRoutes(app: FastifyInstance, parts: WebParts): void {
  for (const path of ["/api/health", "/health"]) {
    app.get(path, (_request, reply) => {
      const { version, uptimeSeconds } = parts.readPlatformHealth();
      const isAnswering = canRead(parts.store);
      const status = parts.isStopping() ? "stopping" : isAnswering ? "ok" : "unavailable";
      reply.code(status === "ok" ? 200 : 503).header("cache-control", "no-store");
      return reply.send({
        status,
        version,
        database: isAnswering ? "ok" : "unavailable",
        uptime_seconds: Math.floor(uptimeSeconds),
      });
    });
  }
}

function canRead(store: Store): boolean {
  try {
    return store.sql("SELECT 1").get() !== undefined;
  } catch {
    return false;
  }
}
