/** Entry point of the sandbox (`npm run demo`): arguments and environment in, two addresses out, and a clean end. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { enableCompileCache } from "node:module";
import { createConnection } from "node:net";
import { homedir, tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { AppError } from "./domain/errors.ts";
import { silentLogger } from "./domain/logger.ts";
import { runUntilSignal } from "./process.ts";
import { createOpenclawCommand } from "./sandbox/openclaw-package/command.ts";
import { stopCells } from "./sandbox/process-runtime/stop-cells.ts";
import { startSandboxServer } from "./sandbox/server.ts";
import { type Sandbox, startSandbox } from "./sandbox/supervisor.ts";

enableCompileCache();

/** The platform's processes get 20 seconds, and the cells end after them. */
const STOP_MS = 40_000;

await runUntilSignal(async () => {
  const sandboxPort = readPort("SANDBOX_PORT", 8090);
  const platformPort = readPort("PLATFORM_PORT", 8080);
  for (const [name, port] of Object.entries({ SANDBOX_PORT: sandboxPort, PLATFORM_PORT: platformPort })) {
    if (await isTaken(port)) {
      const others = `SANDBOX_PORT=${sandboxPort + 100} PLATFORM_PORT=${platformPort + 100}`;
      throw new AppError(`${name} ${port} is in use by another program. Choose others: ${others} npm run demo`, {
        code: "invalid",
      });
    }
  }
  const kept = process.env.SANDBOX_DIR;
  const dir = kept ? resolve(kept) : mkdtempSync(join(tmpdir(), "blytz-sandbox-"));
  await using stack = new AsyncDisposableStack();
  if (!kept) stack.defer(() => rmSync(dir, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 }));
  stack.defer(() => stopCells(join(dir, "customers")));
  const refused = Promise.withResolvers<never>();
  refused.promise.catch(() => {});
  const sandbox = stack.use(
    await startSandbox({
      dir,
      platformPort,
      entries: { controlPlane: toPath("main.ts"), modelGateway: toPath("model-gateway.ts") },
      environment: process.env,
      settings: { OPENCLAW_CACHE_DIR: cacheDir() },
      onRefused: (logFile) => refused.reject(toRefusal(logFile)),
    }),
  );
  const server = stack.use(await startSandboxServer(sandbox, sandboxPort));
  await Promise.race([untilServing(sandbox), refused.promise]);
  print(`Blytz sandbox: ${server.url}`);
  print(`Blytz platform: ${sandbox.platformUrl}`);
  print(`Everything of this run lies in ${dir}${kept ? "" : ", and goes with it"}. Ctrl-C ends it.`);
  void showInstallation();
  return stack.move();
}, STOP_MS);

function toPath(entry: string): string {
  return join(import.meta.dirname, entry);
}

function cacheDir(): string {
  return join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "blytz");
}

function readPort(name: string, fallback: number): number {
  const text = process.env[name] || String(fallback);
  const port = Number(text);
  if (Number.isInteger(port) && port > 0 && port < 65_536) return port;
  throw new AppError(`${name} must be a port between 1 and 65535, and is "${text}".`, { code: "invalid" });
}

function isTaken(port: number): Promise<boolean> {
  return new Promise((answer) => {
    const probe = createConnection({ host: "127.0.0.1", port });
    probe.once("connect", () => {
      probe.destroy();
      answer(true);
    });
    probe.once("error", () => answer(false));
  });
}

function toRefusal(logFile: string): AppError {
  const words = readFileSync(logFile, "utf8").trim().split("\n").slice(-12).join("\n");
  return new AppError(`The platform refused to start:\n${words}`, { code: "invalid" });
}

async function untilServing(sandbox: Sandbox): Promise<void> {
  for (;;) {
    const answer = await fetch(`${sandbox.platformUrl}/api/health`).catch(() => null);
    if (answer?.ok) return;
    await delay(100);
  }
}

/** One line that changes in a terminal; where there is none, a line every ten seconds. */
async function showInstallation(): Promise<void> {
  const command = createOpenclawCommand({ cacheDir: cacheDir(), logger: silentLogger });
  if (command.progress() === null) return;
  const { isTTY } = process.stdout;
  const show = (): void =>
    void process.stdout.write(isTTY ? `\r\u001b[K${command.progress()}` : `${command.progress()}\n`);
  const timer = setInterval(show, isTTY ? 1000 : 10_000);
  for (;;) {
    try {
      await command.prepare();
      break;
    } catch (error) {
      print(
        `${isTTY ? "\n" : ""}${error instanceof Error ? error.message : String(error)} Trying again in 10 seconds.`,
      );
      await delay(10_000);
    }
  }
  clearInterval(timer);
  print(`${isTTY ? "\r\u001b[K" : ""}OpenClaw is installed: assistants can be started now.`);
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
