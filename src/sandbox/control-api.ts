/**
 * The sandbox's control API under /sandbox/api, as src/sandbox/README.md describes it: what a person does in Telegram and on
 * Stripe's page, faults, the clock and kills. All JSON; a wrong call is 400 with what was wrong. It decides nothing itself.
 */
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { AppError, isAppError } from "#src/domain/errors.ts";
import { readSandboxState } from "./state.ts";
import type { Sandbox } from "./supervisor.ts";

const chatQuery = z.object({ user: z.string().min(1), bot: z.string().min(1) });
const advance = z.object({
  advance_seconds: z
    .number()
    .int()
    .min(0)
    .max(400 * 86_400),
});
const revocation = z.object({ bot: z.string().min(1) });
const kill = z.object({
  process: z.enum(["control-plane", "model-gateway"]),
  restart_after_seconds: z.number().min(0).max(600).default(0),
});

export function addControlApi(app: FastifyInstance, sandbox: Sandbox): void {
  const { telegram, stripe, model } = sandbox;
  app.register(
    (api, _options, registered) => {
      api.setErrorHandler((error, _request, reply) => {
        const { status, message } = toAnswer(error);
        void reply.code(status).send({ error: message });
      });
      api.setNotFoundHandler((request, reply) => {
        void reply
          .code(404)
          .send({ error: `There is no ${request.method} ${request.url} here; see src/sandbox/README.md.` });
      });
      api.get("/state", () => readSandboxState(sandbox));
      api.get("/telegram/chat", (request) => telegram.readChat(chatQuery.parse(request.query)));
      api.post("/telegram/messages", async (request) => ({ message_id: telegram.sendFromUser(request.body) }));
      api.post("/telegram/presses", (request) => telegram.press(request.body));
      api.post("/telegram/bots", async (request) => telegram.createBot(request.body));
      api.post("/telegram/revocations", async (request) => ({ token: revoke(sandbox, request.body) }));
      api.post("/telegram/blocks", async (request) => done(() => telegram.block(request.body)));
      api.post("/telegram/unblocks", async (request) => done(() => telegram.unblock(request.body)));
      api.post("/telegram/redeliveries", async (request) => done(() => telegram.redeliver(request.body)));
      api.post("/telegram/faults", async (request) => done(() => telegram.setFaults(request.body)));
      api.post("/stripe/pay", (request) => stripe.pay(request.body));
      api.post("/stripe/faults", async (request) => done(() => stripe.setFaults(request.body)));
      api.post("/stripe/clock", async (request) => {
        sandbox.advance(advance.parse(request.body).advance_seconds);
        return { now: sandbox.clock.now().toISOString() };
      });
      api.post("/model/faults", async (request) => done(() => model.setFaults(request.body)));
      api.post("/platform/kill", async (request) => {
        const { process, restart_after_seconds } = kill.parse(request.body);
        const child = process === "control-plane" ? sandbox.controlPlane : sandbox.modelGateway;
        await child.kill(restart_after_seconds);
        return { killed: process };
      });
      registered();
    },
    { prefix: "/sandbox/api" },
  );
}

/** What BotFather's /revoke gives: the new token. */
function revoke({ telegram }: Sandbox, body: unknown): string {
  const username = revocation.parse(body).bot.toLowerCase();
  const bot = telegram.readState().bots.find((one) => one.username.toLowerCase() === username);
  if (bot === undefined) throw new AppError(`There is no bot @${username} here.`, { code: "not_found" });
  return telegram.revokeToken(bot.id);
}

function done(act: () => unknown): { ok: true } {
  act();
  return { ok: true };
}

function toAnswer(error: unknown): { status: number; message: string } {
  if (error instanceof z.ZodError) return { status: 400, message: z.prettifyError(error) };
  if (isAppError(error)) return { status: error.code === "internal" ? 500 : 400, message: error.message };
  if (
    error instanceof Error &&
    "statusCode" in error &&
    typeof error.statusCode === "number" &&
    error.statusCode < 500
  ) {
    return { status: 400, message: error.message };
  }
  const wrapped = new AppError("The sandbox failed at this call.", { code: "internal", cause: error });
  return { status: 500, message: wrapped.message };
}
