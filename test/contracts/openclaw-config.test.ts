/** The configuration that we render is one that OpenClaw itself accepts: its own `config validate`, no gateway started. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { writeConfigFiles } from "#src/sandbox/process-runtime/config-files.ts";
import { openclawEntryFile, skipWithoutOpenclaw } from "#test/support/openclaw.ts";
import { openTemporaryCells, toConfigFiles } from "#test/support/temporary-cells.ts";

const skip = await skipWithoutOpenclaw();

test("OpenClaw accepts the configuration of an assistant with an owner", { skip }, async () => {
  assert.deepEqual(await validate({ ownerTelegramId: 1001 }), { valid: true, warnings: [] });
});

test("OpenClaw accepts the configuration of an assistant that nobody has claimed yet", { skip }, async () => {
  assert.deepEqual(await validate({ ownerTelegramId: null }), { valid: true, warnings: [] });
});

test("OpenClaw refuses what it does not know, so its word means something", { skip }, async () => {
  const { valid } = await validate({}, (text) => text.replace('"dmPolicy": "allowlist"', '"dmPolicy": "anyone"'));
  assert.equal(valid, false);
});

async function validate(
  change: Parameters<typeof toConfigFiles>[1],
  spoil: (text: string) => string = (text) => text,
): Promise<{ valid: boolean; warnings: unknown }> {
  const home = await mkdtemp(join(tmpdir(), "blytz-config-"));
  await using stack = new AsyncDisposableStack();
  stack.defer(() => rm(home, { recursive: true, force: true }));
  const place = stack.use(openTemporaryCells()).open().place("ada-bot", 30_001);
  const files = toConfigFiles(place, change);
  await writeConfigFiles(place.configDir, { ...files, "openclaw.json": spoil(files["openclaw.json"]) });
  const env = {
    PATH: `${dirname(process.execPath)}:/usr/bin:/bin`,
    HOME: home,
    TMPDIR: home,
    OPENCLAW_STATE_DIR: join(home, "state"),
    OPENCLAW_CONFIG_PATH: join(place.configDir, "openclaw.json"),
    OPENCLAW_OFFLINE: "1",
  };
  const run = promisify(execFile)(process.execPath, [openclawEntryFile(), "config", "validate", "--json"], { env });
  // A refusal is told on the same output, with exit code 1.
  const { stdout } = await run.catch((error: { stdout: string }) => error);
  const { valid, warnings } = JSON.parse(stdout) as { valid: boolean; warnings: unknown };
  return { valid, warnings };
}
