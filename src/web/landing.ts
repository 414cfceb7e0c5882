/** `/`: what this is, what it costs, and the way into the chat. */
import type { FastifyInstance } from "fastify";
import { PRICE } from "#src/domain/price.ts";
import type { WebParts } from "./create-web.ts";
import { HTML } from "./pages.ts";

export function landingRoutes(app: FastifyInstance, { pages, botUsername, publicUrl }: WebParts): void {
  const values = { botUrl: `https://t.me/${botUsername}`, price: PRICE.text, canonicalUrl: `${publicUrl}/` };
  app.get("/", (_request, reply) => reply.type(HTML).send(pages.render("landing", values)));
}
