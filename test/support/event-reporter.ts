/** A test reporter that writes one JSON line for each finished test, for test/run.ts to count. */
import { relative } from "node:path";
import type { TestEvent } from "node:test/reporters";

export default async function* report(source: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  for await (const event of source) {
    if (event.type !== "test:pass" && event.type !== "test:fail") continue;
    const { name, nesting, file, skip, todo, details } = event.data;
    const reason = skip ?? todo;
    yield `${JSON.stringify({
      file: relative(process.cwd(), file ?? ""),
      name,
      nesting,
      kind: event.type === "test:pass" ? "pass" : "fail",
      suite: details.type === "suite",
      skip: reason === undefined || reason === false ? null : reason === true ? "no reason given" : reason,
      ms: details.duration_ms,
    })}\n`;
  }
}
