/** The assistant loop's decisions, each from one look at the world. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { ChannelState } from "#src/domain/ports/gateway.ts";
import type { Cell } from "#src/domain/ports/runtime.ts";
import { type AssistantObserved, nextAssistantStep } from "#src/provisioner/assistant-step.ts";

const now = new Date("2026-11-23T12:00:00Z");
const secondsAgo = (seconds: number): string => new Date(now.getTime() - seconds * 1000).toISOString();

function cellWith(changed: Partial<Cell> = {}): Cell {
  const labels = { id: "alexbot", specHash: "h1", attempt: "a1" };
  return { labels, port: 30_000, state: "running", startedAt: secondsAgo(5), exitCode: null, ...changed };
}

/** The usual case: wanted, reserved, configured, running, connected, served, told. */
function seen(changed: Partial<AssistantObserved> = {}): AssistantObserved {
  return {
    wanted: true,
    late: false,
    lateTold: false,
    served: true,
    generation: 1,
    status: { observedGeneration: 1, cause: "ready", causeSince: now, attempt: "a1" },
    runtimeNotReady: null,
    reserved: true,
    configCurrent: true,
    specHash: "h1",
    cell: cellWith(),
    missingFiles: [],
    health: { kind: "started", channel: { kind: "connected" } },
    now,
    ...changed,
  };
}

const fresh = {
  served: false,
  status: { observedGeneration: 0, cause: "accepted", causeSince: now, attempt: null },
  health: null,
} as const;

function decide(changed: Partial<AssistantObserved>): string {
  const { step, cause } = nextAssistantStep(seen(changed));
  return `${step}: ${cause}`;
}

function statusOf(changed: Partial<AssistantObserved>): unknown {
  const decision = nextAssistantStep(seen(changed));
  return "params" in decision ? decision.params.status : null;
}

const channel = (state: ChannelState) => ({ health: { kind: "started", channel: state } }) as const;

test("a settled assistant yields done", () => {
  assert.equal(decide({}), "done: ready");
});

test("a new order is reserved, configured, made, filled and started, in that order", () => {
  const status = { ...fresh.status, attempt: "a1" };
  assert.equal(decide({ ...fresh, cell: null, reserved: false, configCurrent: false }), "reserve: no_port");
  assert.equal(decide({ ...fresh, cell: null, configCurrent: false }), "write_config: config_differs");
  assert.equal(decide({ ...fresh, cell: null }), "create_cell: no_cell");
  const created = cellWith({ state: "created", startedAt: null });
  const filled = { ...fresh, status, cell: created };
  assert.equal(decide({ ...filled, missingFiles: ["workspace/USER.md"] }), "write_workspace: files_missing");
  assert.equal(decide(filled), "start_cell: created");
  assert.equal(decide({ ...fresh, status }), "wait: gateway_starting");
  assert.equal(decide({ ...fresh, status, ...channel({ kind: "connecting" }) }), "wait: channel_connecting");
  assert.equal(decide({ ...fresh, status, ...channel({ kind: "connected" }) }), "mark_ready: channel_connected");
});

test("an order that comes before OpenClaw is installed waits for it and says so", () => {
  const early = { ...fresh, cell: null, reserved: false, runtimeNotReady: "installing, 12 s" };
  assert.equal(decide(early), "wait: runtime_not_ready");
  assert.equal(statusOf(early), "runtime_not_ready");
});

test("a gateway that is up is not ready while Telegram refuses its bot", () => {
  const status = { ...fresh.status, attempt: "a1" };
  for (const kind of ["off", "connecting", "conflict", "unauthorized"] as const) {
    assert.match(decide({ ...fresh, status, ...channel({ kind }) }), /^wait: channel_/, kind);
  }
  assert.equal(statusOf({ ...fresh, status, ...channel({ kind: "conflict" }) }), "channel_conflict");
  assert.equal(statusOf({ ...fresh, status, ...channel({ kind: "unauthorized" }) }), "channel_unauthorized");
  assert.equal(statusOf({ ...fresh, status, ...channel({ kind: "failing", reason: "x" }) }), "channel_failing");
});

test("who is not entitled has no cell, whatever else is true", () => {
  assert.equal(decide({ wanted: false }), "remove_cell: not_entitled");
  assert.equal(decide({ wanted: false, cell: null }), "done: not_wanted");
});

test("a cell of another spec or another attempt makes way", () => {
  assert.equal(decide({ specHash: "h2" }), "remove_cell: spec_changed");
  const foreign = cellWith({ labels: { id: "alexbot", specHash: "h1", attempt: "a0" } });
  assert.equal(decide({ cell: foreign }), "remove_cell: other_attempt");
});

test("a cell that ended is started again, but not more often than every 15 seconds", () => {
  const exited = cellWith({ state: "exited", startedAt: secondsAgo(20), exitCode: 1 });
  assert.equal(decide({ cell: exited, health: null }), "start_cell: exited");
  const again = nextAssistantStep(seen({ cell: { ...exited, startedAt: secondsAgo(5) }, health: null }));
  assert.deepEqual(again, { step: "wait", cause: "exited", params: { status: "recovering" }, againMs: 10_000 });
});

test("a gateway that is silent for four minutes, or starting for ten, is made anew", () => {
  const old = cellWith({ startedAt: secondsAgo(86_400) });
  const silentFor = (seconds: number, kind: "unreachable" | "starting"): string => {
    const causeSince = new Date(secondsAgo(seconds));
    const status = { observedGeneration: 1, cause: "recovering", causeSince, attempt: "a1" } as const;
    return decide({ cell: old, status, health: { kind } });
  };
  assert.equal(silentFor(239, "unreachable"), "wait: gateway_starting");
  assert.equal(silentFor(241, "unreachable"), "remove_cell: silent_too_long");
  assert.equal(silentFor(599, "starting"), "wait: gateway_starting");
  assert.equal(silentFor(601, "starting"), "remove_cell: silent_too_long");
});

test("one missed look at an assistant that has been up for a day ends nothing", () => {
  const old = cellWith({ startedAt: secondsAgo(86_400) });
  assert.equal(decide({ cell: old, health: { kind: "unreachable" } }), "wait: gateway_starting");
});

test("a cell that was started anew has its whole time again", () => {
  const status = {
    observedGeneration: 1,
    cause: "recovering",
    causeSince: new Date(secondsAgo(900)),
    attempt: "a1",
  } as const;
  assert.equal(decide({ status, health: { kind: "unreachable" } }), "wait: gateway_starting");
});

test("who was served already sees a repair, not a set-up", () => {
  assert.equal(statusOf({ health: { kind: "unreachable" } }), "recovering");
  assert.equal(statusOf({ ...fresh, status: { ...fresh.status, attempt: "a1" } }), "starting");
});

test("an order past its promised time is told once, and the work goes on", () => {
  assert.equal(decide({ ...fresh, late: true, cell: null }), "tell_late: deadline_passed");
  assert.equal(decide({ ...fresh, late: true, lateTold: true, cell: null }), "create_cell: no_cell");
});

test("a changed spec whose cell is right is taken note of", () => {
  assert.equal(decide({ generation: 2 }), "mark_ready: channel_connected");
});
