/** The sandbox's state in one piece: what the stand-ins know, and what the platform's database says, read-only. No secrets. */
import { findAssistantStatus } from "#src/store/assistant-status.ts";
import { listCustomers } from "#src/store/customers.ts";
import { hasDatabase, openReadOnly } from "#src/store/database.ts";
import { listCells } from "./process-runtime/list-cells.ts";
import type { Sandbox } from "./supervisor.ts";

export async function readSandboxState(sandbox: Sandbox): Promise<Record<string, unknown>> {
  const { telegram, stripe, clock } = sandbox;
  const { bots, users, chats } = telegram.readState();
  const { checkouts, events } = stripe.readState();
  const cells = await listCells(sandbox.customersDir);
  return {
    bots,
    users,
    chats,
    customers: readCustomers(sandbox.databasePath),
    cells: cells.map(({ labels, port, state, startedAt }) => ({ id: labels.id, port, state, started_at: startedAt })),
    checkouts,
    events,
    clock: { now: clock.now().toISOString(), ahead_seconds: clock.aheadSeconds() },
    platform: { control_plane: toProcess(sandbox.controlPlane), model_gateway: toProcess(sandbox.modelGateway) },
  };
}

function toProcess(child: Sandbox["controlPlane"]): { up: boolean; starts: number } {
  return { up: child.pid() !== null, starts: child.starts() };
}

/** [] until the control plane has made its database. */
function readCustomers(databasePath: string): unknown[] {
  if (!hasDatabase(databasePath)) return [];
  using store = openReadOnly(databasePath);
  return listCustomers(store).map((customer) => ({
    id: customer.id,
    status: customer.status,
    entitlement: customer.entitlement,
    assistant_name: customer.assistantName,
    bot: customer.botUsername,
    telegram_user_id: customer.telegramUserId,
    assistant: findAssistantStatus(store, customer.id)?.cause ?? null,
    paid_at: customer.paidAt?.toISOString() ?? null,
    served_at: customer.servedAt?.toISOString() ?? null,
  }));
}
