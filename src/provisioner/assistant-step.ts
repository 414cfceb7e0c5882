/** The assistant loop's decision: from what is wanted and what was seen, the next operation. Pure. */
import type { GatewayHealth } from "#src/domain/ports/gateway.ts";
import type { Cell } from "#src/domain/ports/runtime.ts";
import type { AssistantCause } from "#src/domain/progress.ts";
import type { AssistantStatus } from "#src/store/assistant-status.ts";
import type { Rest } from "./steps.ts";

export type AssistantObserved = {
  /** Whether the customer is entitled to an assistant; false too when there is no such customer. */
  wanted: boolean;
  /** Nobody was served under this entitlement yet, and the promised time is over; `lateTold`: they know. */
  late: boolean;
  lateTold: boolean;
  served: boolean;
  generation: number;
  status: AssistantStatus | null;
  /** Why the runtime can't make cells yet, in words; null when it can. */
  runtimeNotReady: string | null;
  reserved: boolean;
  /** Whether the configuration on disk is the one that the spec asks for. */
  configCurrent: boolean;
  specHash: string | null;
  cell: Cell | null;
  /** Workspace files that are not there yet; looked at only before a start. */
  missingFiles: string[];
  health: GatewayHealth | null;
  now: Date;
};

export type AssistantStep =
  | { step: "tell_late"; cause: "deadline_passed" }
  | { step: "reserve"; cause: "no_port" }
  | { step: "write_config"; cause: "config_differs" }
  | { step: "create_cell"; cause: "no_cell" }
  | { step: "write_workspace"; cause: "files_missing" }
  | { step: "start_cell"; cause: "created" | "exited" }
  | { step: "remove_cell"; cause: "not_entitled" | "spec_changed" | "other_attempt" | "silent_too_long" }
  | { step: "mark_ready"; cause: "channel_connected" };

/** A rest of this loop says how far the assistant is: that is what gets stored and shown. */
export type AssistantRest = Rest & { params: { status: AssistantCause } };

/** A gateway that says nothing for this long is made anew; one that says "starting" may take longer. */
const SILENT_DEADLINE_MS = 4 * 60_000;
const STARTING_DEADLINE_MS = 10 * 60_000;
/** A cell that ended is started again at most this often. */
const RESTART_INTERVAL_MS = 15_000;
/** While it comes up, every look is a step that the customer waits for. */
const QUICK_LOOK_MS = 200;
const SLOW_LOOK_MS = 3_000;
/** A settled cell's channel is looked at this often; its exit is noticed at once by the runtime's events. */
const SETTLED_LOOK_MS = 60_000;

export function nextAssistantStep(observed: AssistantObserved): AssistantStep | AssistantRest {
  const { wanted, cell, status } = observed;
  if (!wanted) {
    if (cell !== null) return { step: "remove_cell", cause: "not_entitled" };
    return rest("done", "not_wanted", "not_wanted", null);
  }
  if (observed.late && !observed.lateTold) return { step: "tell_late", cause: "deadline_passed" };
  if (observed.runtimeNotReady !== null) return rest("wait", "runtime_not_ready", "runtime_not_ready", 1000);
  if (!observed.reserved) return { step: "reserve", cause: "no_port" };
  if (cell !== null && cell.labels.specHash !== observed.specHash)
    return { step: "remove_cell", cause: "spec_changed" };
  if (cell !== null && cell.labels.attempt !== status?.attempt) return { step: "remove_cell", cause: "other_attempt" };
  if (!observed.configCurrent) return { step: "write_config", cause: "config_differs" };
  if (cell === null) return { step: "create_cell", cause: "no_cell" };
  return cell.state === "running" ? nextRunningStep(observed, cell) : nextStoppedStep(observed, cell);
}

function nextStoppedStep(observed: AssistantObserved, cell: Cell): AssistantStep | AssistantRest {
  if (observed.missingFiles.length > 0) return { step: "write_workspace", cause: "files_missing" };
  if (cell.startedAt === null) return { step: "start_cell", cause: "created" };
  const restMs = RESTART_INTERVAL_MS - (observed.now.getTime() - Date.parse(cell.startedAt));
  if (restMs > 0) return rest("wait", "exited", unwell(observed, "restarting"), Math.min(restMs, RESTART_INTERVAL_MS));
  return { step: "start_cell", cause: "exited" };
}

function nextRunningStep(observed: AssistantObserved, cell: Cell): AssistantStep | AssistantRest {
  const { health, status } = observed;
  if (health === null || health.kind !== "started") {
    const deadlineMs = health?.kind === "starting" ? STARTING_DEADLINE_MS : SILENT_DEADLINE_MS;
    if (toSilentMs(observed, cell) > deadlineMs) return { step: "remove_cell", cause: "silent_too_long" };
    return rest("wait", "gateway_starting", unwell(observed, "starting"), QUICK_LOOK_MS);
  }
  switch (health.channel.kind) {
    case "connected":
      if (status?.cause !== "ready" || !observed.served || status.observedGeneration !== observed.generation) {
        return { step: "mark_ready", cause: "channel_connected" };
      }
      return rest("done", "ready", "ready", SETTLED_LOOK_MS);
    case "off":
    case "connecting":
      return rest("wait", "channel_connecting", unwell(observed, "connecting"), QUICK_LOOK_MS);
    case "conflict":
      return rest("wait", "channel_conflict", "channel_conflict", SLOW_LOOK_MS);
    case "unauthorized":
      return rest("wait", "channel_unauthorized", "channel_unauthorized", SLOW_LOOK_MS * 5);
    case "failing":
      return rest("wait", "channel_failing", "channel_failing", SLOW_LOOK_MS);
  }
}

/** Counted from the start, or from the first look at which it was silent: one missed look at a live cell is no silence. */
function toSilentMs({ status, now }: AssistantObserved, cell: Cell): number {
  const isKnown = status?.cause === "starting" || status?.cause === "recovering";
  const noticedAt = isKnown ? status.causeSince.getTime() : now.getTime();
  const startedAt = cell.startedAt === null ? now.getTime() : Date.parse(cell.startedAt);
  return now.getTime() - Math.max(noticedAt, startedAt);
}

/** Who was served already sees a repair, not a set-up. */
function unwell(observed: AssistantObserved, status: AssistantCause): AssistantCause {
  return observed.served ? "recovering" : status;
}

function rest(step: "wait" | "done", cause: string, status: AssistantCause, againMs: number | null): AssistantRest {
  return { step, cause, params: { status }, againMs };
}
