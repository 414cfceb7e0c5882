/**
 * Runs every test on the source, prints each suite's time, the coverage per area against its floor, what was skipped and
 * why, and last the test runner's own count. Arguments limit it to the files whose path holds one of them.
 */
import { spawn } from "node:child_process";
import { globSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const FLOORS: [area: string, pattern: RegExp, percent: number][] = [
  ["config", /^src\/config\.ts$/, 90],
  ["store", /^src\/store\//, 90],
  ["workspace", /^src\/adapters\/workspace\//, 90],
  ["web", /^src\/web\//, 85],
  ["provisioner", /^src\/provisioner\//, 85],
  ["domain", /^src\/domain\//, 85],
];

const wanted = process.argv.slice(2);
const files = globSync("test/**/*.test.ts")
  .filter((file) => wanted.length === 0 || wanted.some((part) => file.includes(part)))
  .sort();
const scratch = mkdtempSync(join(tmpdir(), "blytz-tests-"));
const lcov = join(scratch, "lcov.info");
const events = join(scratch, "events.jsonl");

const exitCode = await run();
const summary = report();
const short = wanted.length === 0 ? checkFloors() : [];
rmSync(scratch, { recursive: true });
for (const line of [...summary.lines, ...short]) print(line);
print(`${summary.passed} passed, ${summary.failed} failed, ${summary.skipped} skipped`);
process.exit(exitCode !== 0 || summary.failed > 0 || short.length > 0 ? 1 : 0);

function run(): Promise<number> {
  const child = spawn(
    process.execPath,
    [
      "--test",
      "--test-concurrency=2",
      "--import=./test/support/no-child-coverage.ts",
      "--experimental-test-coverage",
      "--test-coverage-include=src/**",
      "--test-coverage-include=conversations/**",
      "--test-reporter=spec",
      "--test-reporter-destination=stdout",
      "--test-reporter=lcov",
      `--test-reporter-destination=${lcov}`,
      "--test-reporter=./test/support/event-reporter.ts",
      `--test-reporter-destination=${events}`,
      ...files,
    ],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  // The runner's own table of coverage is long; the floors below say what matters.
  let hidden = false;
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    hidden ||= text.includes("start of coverage report");
    if (!hidden) process.stdout.write(text);
  });
  return new Promise((resolve) => child.once("exit", (code) => resolve(code ?? 1)));
}

type Event = {
  file: string;
  name: string;
  nesting: number;
  kind: "pass" | "fail";
  suite: boolean;
  skip: string | null;
  ms: number;
};

function report(): { lines: string[]; passed: number; failed: number; skipped: number } {
  const all = readFileSync(events, "utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Event);
  const tests = all.filter((event) => !event.suite);
  const skipped = tests.filter((event) => event.skip !== null);
  const byFile = Map.groupBy(
    tests.filter((event) => event.nesting === 0),
    (event) => event.file,
  );
  const times = [...byFile].map(([file, list]) => ({ file, ms: list.reduce((sum, event) => sum + event.ms, 0) }));
  times.sort((a, b) => b.ms - a.ms);
  const lines = [
    "",
    "Time by suite:",
    ...times.map(({ file, ms }) => `  ${(ms / 1000).toFixed(1).padStart(7)} s  ${file}`),
    ...(skipped.length === 0 ? [] : ["", "Skipped:", ...skipped.map((event) => `  ${event.name}: ${event.skip}`)]),
    "",
  ];
  const failed = tests.filter((event) => event.kind === "fail").length;
  return { lines, passed: tests.length - failed - skipped.length, failed, skipped: skipped.length };
}

/** The areas that are below their floor, in words; prints all of them. */
function checkFloors(): string[] {
  const lines = new Map<string, { found: number; hit: number }>();
  for (const record of readFileSync(lcov, "utf8").split("end_of_record")) {
    const file = /^SF:(.*)$/m.exec(record)?.[1];
    if (file === undefined) continue;
    const known = lines.get(file) ?? { found: 0, hit: 0 };
    known.found += Number(/^LF:(\d+)$/m.exec(record)?.[1] ?? 0);
    known.hit += Number(/^LH:(\d+)$/m.exec(record)?.[1] ?? 0);
    lines.set(file, known);
  }
  print("\nCoverage of lines:");
  return FLOORS.flatMap(([area, pattern, floor]) => {
    const own = [...lines].filter(([file]) => pattern.test(file)).map(([, count]) => count);
    const found = own.reduce((sum, count) => sum + count.found, 0);
    const percent = found === 0 ? 0 : (100 * own.reduce((sum, count) => sum + count.hit, 0)) / found;
    print(`  ${area.padEnd(12)} ${percent.toFixed(1).padStart(5)} %, floor ${floor} %`);
    return percent < floor ? [`The coverage of ${area} is below its floor.`] : [];
  });
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
