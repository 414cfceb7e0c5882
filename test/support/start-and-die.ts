/**
 * A platform that dies in the middle: starts the cell `ada-bot` below a directory and sends itself SIGKILL some milliseconds
 * later. Arguments: the directory, the milliseconds.
 */
import { systemClock } from "#src/domain/clock.ts";
import { silentLogger } from "#src/domain/logger.ts";
import { openProcessRuntime } from "#src/sandbox/process-runtime/runtime.ts";
import { thinCellCommand } from "./thin-cell-command.ts";

const [customersDir = "", afterMs] = process.argv.slice(2);
const runtime = openProcessRuntime({
  customersDir,
  telegramApiRoot: "http://127.0.0.1:1",
  modelBaseUrl: "http://127.0.0.1:1/v1",
  command: thinCellCommand(),
  clock: systemClock,
  logger: silentLogger,
});
void runtime.start("ada-bot");
setTimeout(() => process.kill(process.pid, "SIGKILL"), Number(afterMs));
