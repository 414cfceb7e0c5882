/** Starts test/support/store-child.ts and reads along; it is killed with the test. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";

export function startStoreChild(...args: string[]) {
  const child = spawn(process.execPath, [join(import.meta.dirname, "store-child.ts"), ...args], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const exited = once(child, "exit") as Promise<[code: number | null, signal: string | null]>;
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    /** The next line that it prints; null after the last. */
    async readLine(): Promise<string | null> {
      const { value, done } = await lines.next();
      return done ? null : value;
    },
    go: () => void child.stdin.write("go\n"),
    kill: () => void child.kill("SIGKILL"),
    exited,
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await exited;
    },
  };
}
