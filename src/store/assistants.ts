/** The desired half of the assistants table: what the customer asked for. The observed half is assistant-status.ts. */
import type { AssistantSpec } from "#src/domain/assistant.ts";
import { AppError } from "#src/domain/errors.ts";
import type { Secret } from "#src/domain/secret.ts";
import type { Store } from "./database.ts";
import { toText } from "./row.ts";

export type DesiredAssistant = { spec: AssistantSpec; generation: number; botToken: Secret };

type Row = { spec: string; generation: number; bot_token_sealed: Buffer };

/** Writes what is wanted and adds one to the generation. The token is sealed, bound to its bot. */
export function writeSpec(store: Store, customerId: string, spec: AssistantSpec, botToken: Secret, now: Date): void {
  store
    .sql(`INSERT INTO assistants (customer_id, spec, bot_token_sealed, cause_since) VALUES (@customerId, @spec, @token, @now)
          ON CONFLICT (customer_id) DO UPDATE SET spec = excluded.spec, bot_token_sealed = excluded.bot_token_sealed,
            generation = generation + 1`)
    .run({
      customerId,
      spec: JSON.stringify(spec),
      token: store.sealer.seal(botToken, `bot:${spec.botId}`),
      now: toText(now),
    });
}

/** Throws `not_found`. */
export function readDesiredAssistant(store: Store, customerId: string): DesiredAssistant {
  const row = store
    .sql("SELECT spec, generation, bot_token_sealed FROM assistants WHERE customer_id = ?")
    .get(customerId) as Row | undefined;
  if (row === undefined) throw new AppError("There is no assistant for this customer.", { code: "not_found" });
  const spec = JSON.parse(row.spec) as AssistantSpec;
  return {
    spec,
    generation: row.generation,
    botToken: store.sealer.unseal(row.bot_token_sealed, `bot:${spec.botId}`),
  };
}
