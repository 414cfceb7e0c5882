/** What the rendered configuration promises by itself; that OpenClaw accepts it is test/contracts/openclaw-config.test.ts. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { renderOpenclawConfig, renderSecrets } from "#src/adapters/openclaw/config.ts";
import type { AssistantSpec } from "#src/domain/assistant.ts";
import type { Place } from "#src/domain/ports/runtime.ts";
import { Secret } from "#src/domain/secret.ts";

const PLACE: Place = {
  stateDir: "/state",
  workspaceDir: "/state/workspace",
  configDir: "/config",
  gatewayPort: 18_789,
  bind: "lan",
  gatewayUrl: "http://127.0.0.1:30001",
  telegramApiRoot: "https://api.telegram.org",
  modelBaseUrl: "http://10.0.0.1:4000/v1",
};

const SPEC: AssistantSpec = {
  assistantName: "Jarvis",
  instructions: `Never say "no".\n\${HOME} {{x}}`,
  ownerTelegramId: 1001,
  botId: 7,
  botUsername: "jarvis_bot",
  timeZone: "Europe/Berlin",
};

const render = (spec: Partial<AssistantSpec> = {}, place: Partial<Place> = {}) =>
  JSON.parse(renderOpenclawConfig({ ...SPEC, ...spec }, { ...PLACE, ...place }));

test("only the owner may talk to the assistant", () => {
  const { telegram } = render().channels;
  assert.equal(telegram.enabled, true);
  assert.equal(telegram.dmPolicy, "allowlist");
  assert.deepEqual(telegram.allowFrom, ["1001"]);
  assert.equal(telegram.groupPolicy, "disabled");
});

test("while nobody has claimed the assistant its channel is off and lets nobody in", () => {
  const { telegram } = render({ ownerTelegramId: null }).channels;
  assert.equal(telegram.enabled, false);
  assert.equal(telegram.dmPolicy, "disabled");
  assert.equal("allowFrom" in telegram, false);
});

test("the place decides where everything lies and listens", () => {
  const config = render({}, { bind: "loopback", gatewayPort: 30_001 });
  assert.equal(config.gateway.bind, "loopback");
  assert.equal(config.gateway.port, 30_001);
  assert.equal(config.agents.defaults.workspace, "/state/workspace");
  assert.equal(config.channels.telegram.apiRoot, "https://api.telegram.org");
  assert.equal(config.models.providers.blytz.baseUrl, "http://10.0.0.1:4000/v1");
  assert.equal(config.secrets.providers.cell.path, "/config/secrets.json");
  assert.equal(config.logging.file, "/state/logs/openclaw.log");
});

test("the configuration names no secret and nothing that the person wrote; secrets.json holds each under its name", () => {
  const text = renderOpenclawConfig(SPEC, PLACE);
  assert.doesNotMatch(text, /Never say/);
  const secrets = { gatewayToken: new Secret("gw"), modelKey: new Secret("vk"), telegramBotToken: new Secret("7:tok") };
  const spelled = JSON.parse(renderSecrets(secrets));
  assert.deepEqual(spelled, { gatewayToken: "gw", modelKey: "vk", telegramBotToken: "7:tok" });
  const references = [...text.matchAll(/"id": "\/(\w+)"/g)].map(([, name]) => name).sort();
  assert.deepEqual(references, Object.keys(spelled).sort());
});

test("the same spec and place give the same bytes, and what only the workspace shows changes none of them", () => {
  assert.equal(renderOpenclawConfig(SPEC, PLACE), renderOpenclawConfig({ ...SPEC }, { ...PLACE }));
  const renamed = { ...SPEC, assistantName: "Alex", instructions: "Other" };
  assert.equal(renderOpenclawConfig(renamed, PLACE), renderOpenclawConfig(SPEC, PLACE));
});
