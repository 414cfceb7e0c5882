/**
 * `npm run bench`: how long a customer waits between paying and the first answer, phase by phase, beside a bare OpenClaw
 * that is started by hand on this machine in the same run. Absolute figures depend on the machine; the ratio is the bar.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { renderOpenclawConfig, renderSecrets } from "#src/adapters/openclaw/config.ts";
import { readGatewayHealth } from "#src/adapters/openclaw/health.ts";
import { systemClock } from "#src/domain/clock.ts";
import { silentLogger } from "#src/domain/logger.ts";
import { Secret } from "#src/domain/secret.ts";
import { openProcessRuntime } from "#src/sandbox/process-runtime/runtime.ts";
import { findFreePort } from "#src/sandbox/supervisor.ts";
import { eventually } from "#test/support/eventually.ts";
import { openclawCommand } from "#test/support/openclaw.ts";
import { confirm, createPerson, payFor, tellEverything } from "#test/support/person.ts";
import { startTestSandbox, type TestSandbox } from "#test/support/sandbox.ts";

const RUNS = Number(process.env.BENCH_RUNS ?? 3);
const PATIENCE = { withinMs: 240_000, everyMs: 20 };

type Order = { phases: [name: string, ms: number][]; connectedMs: number };

await openclawCommand().prepare();
await using sandbox = await startTestSandbox("openclaw", { LOG_LEVEL: "info" });
const orders: Order[] = [];
const bares: number[] = [];
for (let run = 1; run <= RUNS; run += 1) {
  bares.push(await startBare(sandbox, run));
  orders.push(await order(sandbox, run));
  console.log(
    `run ${run}: ${JSON.stringify(Object.fromEntries(orders.at(-1)?.phases ?? []))}, bare ${bares.at(-1)} ms`,
  );
}
report();

/** From the payment to the second answer, as a customer sees it and as the step log tells it. */
async function order(world: TestSandbox, run: number): Promise<Order> {
  const bot = `bench_${run}_bot`;
  const person = createPerson(world, `bencher${run}`);
  await tellEverything(world, person, bot);
  const payUrl = await confirm(person);
  await payFor(world, payUrl);
  const paidAt = Date.now();
  await person.sees(/is live/, PATIENCE);
  const readyAt = Date.now();
  person.write("hello", bot);
  await person.sees(/freelance/, { bot, ...PATIENCE });
  const firstAt = Date.now();
  const seen = person.messages(bot).length;
  person.write("and again", bot);
  await person.sees(/again/, { bot, after: seen + 1, ...PATIENCE });
  const secondMs = Date.now() - firstAt;
  const at = (step: string): number => readStep(world, bot.replaceAll("_", "-"), step);
  await world.stopCell(bot.replaceAll("_", "-"));
  return {
    connectedMs: readyAt - paidAt,
    phases: [
      ["paid to granted", at("grant") - paidAt],
      ["granted to cell started", at("start_cell") - at("grant")],
      ["cell started to channel connected", at("mark_ready") - at("start_cell")],
      ["connected to ready message", readyAt - at("mark_ready")],
      ["paid to ready message", readyAt - paidAt],
      ["first answer", firstAt - readyAt],
      ["second answer", secondMs],
    ],
  };
}

function readStep(world: TestSandbox, key: string, step: string): number {
  const line = world
    .log()
    .split("\n")
    .findLast((text) => text.includes(`"key":"${key}"`) && text.includes(`"step":"${step}"`));
  return line === undefined ? Number.NaN : Date.parse((JSON.parse(line) as { time: string }).time);
}

/** The same program, configuration and workspace, without a platform: from spawn until its channel is connected. */
async function startBare(world: TestSandbox, run: number): Promise<number> {
  const dir = mkdtempSync(join(tmpdir(), "blytz-bare-"));
  const id = "bare";
  const runtime = openProcessRuntime({
    customersDir: dir,
    telegramApiRoot: world.telegram.url,
    modelBaseUrl: `${world.model.url}/v1`,
    command: openclawCommand(),
    clock: systemClock,
    logger: silentLogger,
  });
  const made = world.telegram.createBot({ owner: "customer", username: `bare_${run}_bot`, name: "Bare" });
  const port = await findFreePort();
  const place = runtime.place(id, port);
  const gatewayToken = new Secret("bare-gateway-token");
  const spec = {
    assistantName: "Bare",
    instructions: "Nothing in particular.",
    ownerTelegramId: 1001,
    botId: made.id,
    botUsername: made.username,
    timeZone: "UTC",
  };
  await runtime.writeConfig(id, {
    "openclaw.json": renderOpenclawConfig(spec, place),
    "secrets.json": renderSecrets({
      gatewayToken,
      modelKey: new Secret("none"),
      telegramBotToken: new Secret(made.token),
    }),
  });
  await runtime.create({ id, specHash: "bare", attempt: "bare" }, port);
  const startedAt = Date.now();
  await runtime.start(id);
  await eventually(
    "a bare gateway's channel",
    async () => {
      const health = await readGatewayHealth(place.gatewayUrl, gatewayToken);
      return health.kind === "started" && health.channel.kind === "connected";
    },
    PATIENCE,
  );
  const tookMs = Date.now() - startedAt;
  await runtime.remove(id);
  rmSync(dir, { recursive: true, force: true });
  return tookMs;
}

function report(): void {
  console.log(`\nFrom paid to the first answer, median of ${RUNS}, cold, no prewarming:`);
  for (const [index, [name]] of (orders[0]?.phases ?? []).entries()) {
    const ms = median(orders.map((one) => one.phases[index]?.[1] ?? Number.NaN));
    console.log(`  ${name.padEnd(36)} ${(ms / 1000).toFixed(2).padStart(7)} s`);
  }
  const bare = median(bares);
  const ours = median(orders.map((one) => one.connectedMs));
  console.log(`  ${"bare OpenClaw until its channel".padEnd(36)} ${(bare / 1000).toFixed(2).padStart(7)} s`);
  console.log(`  ${"paid to ready, over bare (bar 1.15)".padEnd(36)} ${(ours / bare).toFixed(2).padStart(7)}`);
}

function median(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
