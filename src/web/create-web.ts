/**
 * The web server put together: routes, headers, limits and the one error handler. It listens to nothing (the entry point
 * does), decides nothing about money or cells, and logs no request, since addresses of ours hold tokens.
 */
import helmet from "@fastify/helmet";
import rateLimit from "@fastify/rate-limit";
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from "fastify";
import type { Clock } from "#src/domain/clock.ts";
import type { Logger } from "#src/domain/logger.ts";
import type { VerifyWebhook } from "#src/domain/ports/payments.ts";
import type { Progress } from "#src/domain/progress.ts";
import type { Store } from "#src/store/database.ts";
import { type ErrorReply, toErrorReply, toReply } from "./errors.ts";
import { healthRoutes, type PlatformHealth } from "./health.ts";
import { landingRoutes } from "./landing.ts";
import { createPages, HTML, type Pages } from "./pages.ts";
import { paidRoutes } from "./paid.ts";
import { payRoutes } from "./pay.ts";
import { statusRoutes } from "./status.ts";
import { stripeWebhookRoutes } from "./stripe-webhook.ts";

export type WebOptions = {
  store: Store;
  clock: Clock;
  logger: Logger;
  /** Ours, without a trailing slash. */
  publicUrl: string;
  templatesDir: string;
  /** The platform bot's username, without @. */
  botUsername: string;
  maxCustomers: number;
  verifyWebhook: VerifyWebhook;
  enqueueBilling(customerId: string): void;
  readProgress(customerId: string): Progress | null;
  readPlatformHealth(): PlatformHealth;
  /** How long `/pay` waits for a checkout page before it shows one of its own. */
  payWaitMs?: number;
};

/** What every group of routes is given. */
export type WebParts = Required<WebOptions> & {
  pages: Pages;
  /** From the moment that the server is told to close. */
  isStopping(): boolean;
};

/** `await app.ready()` or `listen` before the first request. */
export function createWeb(options: WebOptions): FastifyInstance {
  const app = fastify({
    trustProxy: "loopback",
    logger: false,
    // An address that can't be read, or is too long, names nothing.
    frameworkErrors: (_error, request, reply) => void sendError(toReply("not_found"), request, reply),
  });
  let stopping = false;
  app.addHook("preClose", async () => {
    stopping = true;
  });
  const pages = createPages(options.templatesDir);
  const isStopping = (): boolean => stopping || options.readPlatformHealth().isStopping;
  const parts: WebParts = { payWaitMs: 5000, ...options, pages, isStopping };

  app.setErrorHandler((error, request, reply) => {
    const errorReply = toErrorReply(error);
    if (errorReply.status >= 500) logFailure(options.logger, error, request);
    return sendError(errorReply, request, reply);
  });
  function sendError({ status, body }: ErrorReply, request: FastifyRequest, reply: FastifyReply): FastifyReply {
    reply.code(status).header("cache-control", "no-store");
    if (isApi(request.url)) return reply.send(body);
    const title = status === 404 ? "Nothing here" : status >= 500 ? "Something went wrong" : "That did not work";
    return reply.type(HTML).send(pages.render("problem", { title, message: body.message, link: null }));
  }

  // These two answer machines, many times a second if need be: no limit, and no headers that only browsers read.
  app.register((scope, _options, done) => {
    healthRoutes(scope, parts);
    done();
  });
  app.register((scope, _options, done) => {
    stripeWebhookRoutes(scope, parts);
    done();
  });
  app.register((scope, _options, done) => {
    scope.register(helmet, toHeaders(pages.styleHash, options.publicUrl));
    scope.register(rateLimit, { global: false });
    // The limiter sees only routes that come after it has loaded.
    scope.after(() => {
      scope.setNotFoundHandler((request, reply) => sendError(toReply("not_found"), request, reply));
      landingRoutes(scope, parts);
      payRoutes(scope, parts);
      paidRoutes(scope, parts);
      statusRoutes(scope, parts);
    });
    done();
  });
  return app;
}

function isApi(url: string): boolean {
  return url.startsWith("/api/") || url === "/api" || url === "/health";
}

/** The route's pattern, never the address: that one may hold a pay token. */
function logFailure(logger: Logger, error: unknown, request: FastifyRequest): void {
  logger.error({ err: error, method: request.method, route: request.routeOptions.url ?? null }, "request failed");
}

/** Pages are text, one inline stylesheet and an empty icon; nothing else may load, run, frame or be posted. */
function toHeaders(styleHash: string, publicUrl: string) {
  const directives = {
    "default-src": ["'none'"],
    "style-src": [`'${styleHash}'`],
    "img-src": ["data:"],
    "base-uri": ["'none'"],
    "form-action": ["'none'"],
    "frame-ancestors": ["'none'"],
  };
  return {
    contentSecurityPolicy: { useDefaults: false, directives },
    referrerPolicy: { policy: "no-referrer" as const },
    // Other hosts of the operator's domain are none of our business.
    strictTransportSecurity: publicUrl.startsWith("https://") && { includeSubDomains: false },
  };
}
