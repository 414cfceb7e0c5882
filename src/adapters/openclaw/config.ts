/**
 * What OpenClaw is told about one cell: openclaw.json and secrets.json as pure functions of the spec and the place.
 * It writes no file, and holds no secret in openclaw.json: that only says where in secrets.json each one lies.
 */
import { join } from "node:path";
import type { AssistantSpec } from "#src/domain/assistant.ts";
import type { Place } from "#src/domain/ports/runtime.ts";
import type { Secret } from "#src/domain/secret.ts";

export type CellSecrets = { gatewayToken: Secret; modelKey: Secret; telegramBotToken: Secret };

/** What the gateway calls the one model that it has; the model gateway decides what stands behind it. */
const MODEL_ID = "blytz-default";

/**
 * The same spec and place give the same text, byte for byte. The channel is off while nobody has claimed the assistant
 * (`ownerTelegramId` null), since OpenClaw refuses an allow-list without a name on it.
 */
export function renderOpenclawConfig(spec: AssistantSpec, place: Place): string {
  const config = {
    gateway: toGateway(place),
    secrets: { providers: { cell: { source: "file", path: secretsPath(place), mode: "json" } } },
    models: toModels(place),
    agents: {
      defaults: {
        workspace: place.workspaceDir,
        skipBootstrap: true,
        // The bundled skills are an operator's playbooks. An empty `skills.allowBundled` does not hide them; this does.
        skills: [],
        userTimezone: spec.timeZone,
        model: { primary: `blytz/${MODEL_ID}` },
        heartbeat: { every: "0m" },
      },
    },
    channels: { telegram: toTelegram(spec, place) },
    commands: toCommands(spec),
    session: { dmScope: "main" },
    tools: TOOLS,
    skills: { load: { watch: false }, workshop: { autonomous: { mode: "off" } } },
    plugins: {
      allow: ["telegram", "memory-core", "admin-http-rpc"],
      entries: {
        "admin-http-rpc": { enabled: true },
        "memory-core": { config: { dreaming: { enabled: false } } },
      },
    },
    // The default lies in /tmp, which all local cells would share.
    logging: { file: join(place.stateDir, "logs", "openclaw.log"), consoleStyle: "json", maxFileBytes: 5_000_000 },
    update: { checkOnStart: false, auto: { enabled: false } },
    telemetry: { enabled: false },
    discovery: { mdns: { mode: "off" } },
    browser: { enabled: false },
  };
  return `${JSON.stringify(config, null, 2)}\n`;
}

/** The one place where a cell's secrets are spelled out; the text must go to the cell's own directory and nowhere else. */
export function renderSecrets({ gatewayToken, modelKey, telegramBotToken }: CellSecrets): string {
  const secrets = {
    gatewayToken: gatewayToken.reveal(),
    modelKey: modelKey.reveal(),
    telegramBotToken: telegramBotToken.reveal(),
  };
  return `${JSON.stringify(secrets, null, 2)}\n`;
}

function secretsPath(place: Place): string {
  return join(place.configDir, "secrets.json");
}

function fromSecrets(name: keyof CellSecrets) {
  return { source: "file", provider: "cell", id: `/${name}` };
}

function toGateway(place: Place) {
  return {
    mode: "local",
    port: place.gatewayPort,
    bind: place.bind,
    auth: { mode: "token", token: fromSecrets("gatewayToken") },
    controlUi: { enabled: false },
    terminal: { enabled: false },
    cliAgents: { enabled: false },
    // The warm-up turn before payment comes in here, behind the gateway token.
    http: { endpoints: { chatCompletions: { enabled: true } } },
  };
}

function toModels(place: Place) {
  return {
    mode: "replace",
    catalogRefresh: { enabled: false },
    providers: {
      blytz: {
        baseUrl: place.modelBaseUrl,
        apiKey: fromSecrets("modelKey"),
        api: "openai-completions",
        models: [
          {
            id: MODEL_ID,
            name: "Blytz",
            reasoning: false,
            input: ["text", "image"],
            cost: { input: 0, output: 0, cacheRead: 0, cacheWrite: 0 },
            contextWindow: 128_000,
            maxTokens: 8192,
          },
        ],
      },
    },
  };
}

function toTelegram(spec: AssistantSpec, place: Place) {
  const common = {
    botToken: fromSecrets("telegramBotToken"),
    apiRoot: place.telegramApiRoot,
    groupPolicy: "disabled",
    configWrites: false,
    // An answer is one message: no draft that is edited and deleted, no "Working" while a tool runs.
    streaming: { mode: "off" },
  };
  if (spec.ownerTelegramId === null) return { enabled: false, ...common, dmPolicy: "disabled" };
  return { enabled: true, ...common, dmPolicy: "allowlist", allowFrom: [String(spec.ownerTelegramId)] };
}

function toCommands(spec: AssistantSpec) {
  return {
    // Otherwise OpenClaw publishes its whole operator's menu in the customer's chat.
    native: false,
    ownerAllowFrom: spec.ownerTelegramId === null ? [] : [`telegram:${spec.ownerTelegramId}`],
    restart: false,
    bash: false,
    config: false,
    mcp: false,
    plugins: false,
    debug: false,
  };
}

/** What an assistant can do: files in its workspace, fetch, memory, reminders. No shell, no reach into the gateway. */
const TOOLS = {
  profile: "coding",
  deny: [
    "group:runtime",
    "gateway",
    "openclaw",
    "plugins",
    "apply_patch",
    "computer",
    "nodes",
    "terminal",
    "portal",
    "dashboard",
    "screen",
    "canvas",
    "browser",
    "sessions_spawn",
    "subagents",
    "skill_workshop",
    "agents_list",
  ],
  alsoAllow: ["message", "automations"],
  exec: { mode: "deny" },
  elevated: { enabled: false },
  fs: { workspaceOnly: true },
  agentToAgent: { enabled: false },
  loopDetection: { enabled: true },
};
