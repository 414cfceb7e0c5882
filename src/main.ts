/** Entry point of the control plane (`npm start`): environment in, signals, exit code. */
import { enableCompileCache } from "node:module";
import { startApp } from "./app.ts";
import { readConfig } from "./config.ts";
import { createLog } from "./log.ts";
import { runUntilSignal } from "./process.ts";

enableCompileCache();

await runUntilSignal(async () => {
  const config = readConfig(process.env);
  return startApp(config, { logger: createLog({ level: config.LOG_LEVEL }).child({ process: "control-plane" }) });
});
