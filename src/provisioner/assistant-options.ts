/** What the assistant loop is given by whoever puts it together. Types only. */
import type { AssistantSpec } from "#src/domain/assistant.ts";
import type { Clock } from "#src/domain/clock.ts";
import type { ReadGatewayHealth } from "#src/domain/ports/gateway.ts";
import type { ConfigFiles, Place, Runtime } from "#src/domain/ports/runtime.ts";
import type { Secret } from "#src/domain/secret.ts";
import type { Store } from "#src/store/database.ts";

export type AssistantOptions = {
  store: Store;
  clock: Clock;
  runtime: Runtime;
  readGatewayHealth: ReadGatewayHealth;
  /** Paths relative to the cell's state directory. */
  renderWorkspace(spec: AssistantSpec): ReadonlyMap<string, string>;
  renderConfig(
    spec: AssistantSpec,
    place: Place,
    secrets: { gatewayToken: Secret; modelKey: Secret; telegramBotToken: Secret },
  ): ConfigFiles;
  ports: { first: number; last: number };
  gatewayTokenPrefix: string;
  serveDeadlineMinutes: number;
  operatorChatId: number | null;
  enqueueMessages(key: string): void;
};
