/** Entry point of the model gateway: environment in, signals, exit code. It outlives restarts of the control plane. */
import { enableCompileCache } from "node:module";
import { setTimeout as delay } from "node:timers/promises";
import { readModelGatewayConfig } from "./config.ts";
import { createLog } from "./log.ts";
import { createModelGateway } from "./model-gateway/create-model-gateway.ts";
import { runUntilSignal } from "./process.ts";
import { hasDatabase, openReadOnly } from "./store/database.ts";
import { findVirtualKey } from "./store/virtual-keys.ts";

enableCompileCache();

await runUntilSignal(async () => {
  const config = readModelGatewayConfig(process.env);
  const logger = createLog({ level: config.LOG_LEVEL }).child({ process: "model-gateway" });
  // The control plane makes the database; on a new server it may come second.
  while (!hasDatabase(config.DATABASE_PATH)) await delay(200);
  await using stack = new AsyncDisposableStack();
  const store = stack.use(openReadOnly(config.DATABASE_PATH));
  const gateway = createModelGateway({
    findKey: (keyHash) => findVirtualKey(store, keyHash),
    providerBaseUrl: config.OPENAI_BASE_URL,
    providerKey: config.OPENAI_API_KEY,
    providerModel: config.OPENAI_MODEL,
    logger,
  });
  stack.defer(() => gateway.close());
  await gateway.listen({ host: "127.0.0.1", port: config.MODEL_GATEWAY_PORT });
  logger.info({ port: config.MODEL_GATEWAY_PORT }, "model gateway listens");
  return stack.move();
});
