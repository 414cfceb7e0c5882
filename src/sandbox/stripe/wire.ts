/**
 * Stripe's API on the wire: keys, idempotency, parameters, lists, error bodies. What it does not offer it refuses as Stripe
 * refuses an unknown address.
 */
import Fastify, { type FastifyInstance, type FastifyRequest } from "fastify";
import { ConnectionCut, cut, type Faults, strikeBefore } from "../faults.ts";
import { type Account, createSession, expireSession, findSession, SESSION_RULES, toWire } from "./checkout.ts";
import { type Form, parseForm } from "./form.ts";
import { toCustomer, toPrice } from "./objects.ts";
import { noSuch, Refusal } from "./refusal.ts";
import * as rule from "./rules.ts";
import { createId, type StripeObject, toUnix } from "./world.ts";

export type CallRecord = { method: string; path: string; status: number };

type Answer = (account: Account, form: Form, id: string) => unknown;
type Route = { method: "GET" | "POST"; path: RegExp; rules: rule.Rules; answer: Answer };

const LIST = {
  limit: rule.integer(1, 100),
  starting_after: rule.text(),
  ending_before: rule.text(),
};

const ROUTES: Route[] = [
  {
    method: "POST",
    path: /^\/v1\/customers$/,
    rules: { email: rule.text(512), name: rule.text(256), description: rule.text(), metadata: rule.metadata() },
    answer: ({ world, clock }, form) => {
      const customer = toCustomer(toUnix(clock), form);
      world.customers.push(customer);
      return customer;
    },
  },
  get(/^\/v1\/customers\/(\w+)$/, ({ world }, _form, id) => find(world.customers, "customer", id)),
  get(/^\/v1\/prices\/(\w+)$/, ({ priceId }, _form, id) => find([toPrice(priceId)], "price", id)),
  {
    method: "POST",
    path: /^\/v1\/checkout\/sessions$/,
    rules: SESSION_RULES,
    answer: (account, form) => toWire(createSession(account, form)),
  },
  get(/^\/v1\/checkout\/sessions\/(\w+)$/, (account, _form, id) => toWire(findSession(account, id))),
  {
    method: "POST",
    path: /^\/v1\/checkout\/sessions\/(\w+)\/expire$/,
    rules: {},
    answer: (account, _form, id) => {
      const session = findSession(account, id);
      expireSession(account, session);
      return toWire(session);
    },
  },
  get(/^\/v1\/subscriptions\/(\w+)$/, ({ world }, _form, id) => find(world.subscriptions, "subscription", id)),
  get(/^\/v1\/invoices\/(\w+)$/, ({ world }, _form, id) => find(world.invoices, "invoice", id)),
  {
    method: "GET",
    path: /^\/v1\/events$/,
    rules: { ...LIST, type: rule.text(), created: rule.object({ gte: rule.integer() }) },
    answer: ({ world }, form) => listEvents(world.events, form as EventQuery),
  },
  get(/^\/v1\/events\/(\w+)$/, ({ world }, _form, id) => find(world.events, "event", id)),
];

function get(path: RegExp, answer: Answer): Route {
  return { method: "GET", path, rules: {}, answer };
}

function find(objects: StripeObject[], noun: string, id: string): StripeObject {
  const found = objects.find((one) => one.id === id);
  if (found === undefined) throw noSuch(noun, id);
  return found;
}

type EventQuery = { type?: string; limit?: number; starting_after?: string; created?: { gte?: number } };

/** Newest first. */
function listEvents(events: (StripeObject & { type: string })[], query: EventQuery) {
  const newest = events.toReversed().filter((one) => query.type === undefined || one.type === query.type);
  const since = newest.filter((one) => one.created >= (query.created?.gte ?? 0));
  const from = query.starting_after === undefined ? 0 : since.findIndex((one) => one.id === query.starting_after) + 1;
  const limit = query.limit ?? 10;
  const data = since.slice(from, from + limit);
  return { object: "list", data, has_more: since.length > from + limit, url: "/v1/events" };
}

export function createWire(account: Account, secretKey: string, faults: Faults, calls: CallRecord[]): FastifyInstance {
  const wire = Fastify({ bodyLimit: 1024 * 1024, forceCloseConnections: true });
  wire.removeAllContentTypeParsers();
  wire.addContentTypeParser("*", { parseAs: "string" }, (_request, body, done) => done(null, body));
  wire.all("/v1/*", async (request, reply) => {
    const path = request.url.split("?")[0] ?? "";
    const fault = faults.take(`${request.method} ${path}`);
    reply.header("request-id", createId("req"));
    try {
      await strikeBefore(fault, reply);
      if (fault?.kind === "status") throw new Refusal(fault.status, "The sandbox was told to fail this call.");
      checkKey(request, secretKey);
      const answered = answerOnce(account, request, path);
      if (fault?.kind === "reset_after") throw new ConnectionCut();
      if (answered.replayed) reply.header("idempotent-replayed", "true");
      record(calls, request.method, path, answered.status);
      return reply.code(answered.status).send(answered.body);
    } catch (error) {
      if (error instanceof ConnectionCut) return cut(request, reply);
      if (!(error instanceof Refusal)) throw error;
      record(calls, request.method, path, error.status);
      return reply.code(error.status).send(error.toBody());
    }
  });
  return wire;
}

function record(calls: CallRecord[], method: string, path: string, status: number): void {
  calls.push({ method, path, status });
  if (calls.length > 2000) calls.shift();
}

function checkKey(request: FastifyRequest, secretKey: string): void {
  const given = request.headers.authorization ?? "";
  const basic = `Basic ${Buffer.from(`${secretKey}:`).toString("base64")}`;
  if (given === `Bearer ${secretKey}` || given === basic) return;
  const message = given === "" ? "You did not provide an API key." : "Invalid API Key provided: sk_test_****";
  throw new Refusal(401, message);
}

/** Answers are made in one go, so no two requests with one key are ever under way at once. The same key gives the same answer; with other parameters it is refused. A refused request does not use up its key. */
function answerOnce(account: Account, request: FastifyRequest, path: string) {
  const header = request.headers["idempotency-key"];
  const key = request.method === "POST" && typeof header === "string" ? header : null;
  const body = typeof request.body === "string" ? request.body : "";
  if (key === null)
    return { status: 200, body: answer(account, request.method, path, request.url, body), replayed: false };
  if (key.length > 255) throw new Refusal(400, "The idempotency key is longer than 255 characters.");
  const fingerprint = `${path}?${body}`;
  const known = account.world.idempotency[key];
  if (known !== undefined && known.fingerprint !== fingerprint) {
    throw new Refusal(
      400,
      `Keys for idempotent requests can only be used with the same parameters they were first used with.`,
      {
        type: "idempotency_error",
      },
    );
  }
  if (known !== undefined) return { status: known.status, body: known.body, replayed: true };
  const made = structuredClone(answer(account, request.method, path, request.url, body));
  account.world.idempotency[key] = { fingerprint, status: 200, body: made };
  return { status: 200, body: made, replayed: false };
}

function answer(account: Account, method: string, path: string, url: string, body: string): unknown {
  const route = ROUTES.find((one) => one.method === method && one.path.test(path));
  if (route === undefined) throw new Refusal(404, `Unrecognized request URL (${method}: ${path}).`);
  const form = parseForm(method === "GET" ? (url.split("?")[1] ?? "") : body);
  const id = route.path.exec(path)?.[1] ?? "";
  return route.answer(account, rule.readParameters(form, route.rules) as Form, id);
}
