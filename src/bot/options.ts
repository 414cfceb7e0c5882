/** What the bot is given by whoever puts it together. Types only. */
import type { ApiClientOptions } from "grammy";
import type { UserFromGetMe } from "grammy/types";
import type { InspectBotToken } from "#src/domain/bot-token.ts";
import type { Clock } from "#src/domain/clock.ts";
import type { Logger } from "#src/domain/logger.ts";
import type { Progress } from "#src/domain/progress.ts";
import type { Secret } from "#src/domain/secret.ts";
import type { Store } from "#src/store/database.ts";

export type BotOptions = {
  token: Secret;
  botInfo: UserFromGetMe;
  apiRoot: string;
  /** One that keeps the token out of errors. */
  fetch: NonNullable<ApiClientOptions["fetch"]>;
  store: Store;
  clock: Clock;
  logger: Logger;
  inspectBotToken: InspectBotToken;
  maxCustomers: number;
  /** Ours, without a trailing slash. */
  publicUrl: string;
  /** How customers reach a person; null where the operator named none. */
  supportContact: string | null;
  enqueueBilling(customerId: string): void;
  readProgress(customerId: string): Progress | null;
};
