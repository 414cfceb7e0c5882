/**
 * The files that a new assistant finds in its workspace. Templates are ours; what a person wrote stands in them as
 * quotations. It writes nothing; the runtime does. MEMORY.md is the assistant's own to begin.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Eta } from "eta";
import type { AssistantSpec } from "#src/domain/assistant.ts";
import { parseResponsibilities } from "#src/domain/responsibilities.ts";
import { divide, quote, quoteName, toHarmlessLines } from "./quotation.ts";

const FILES = ["AGENTS.md", "IDENTITY.md", "SOUL.md", "USER.md"] as const;

/**
 * OpenClaw shows its model at most 4,000 characters of USER.md, leaving out the middle, and 20,000 of any other file. The
 * template and what the assistant learns need room too; what a person wrote beyond this goes on in AGENTS.md.
 */
const MOST_QUOTED_IN_USER = 2800;

/** Reads the templates once; throws when one is missing. Paths of the result are relative to the cell's state directory. */
export function createWorkspaceRenderer(templatesDir: string): (spec: AssistantSpec) => ReadonlyMap<string, string> {
  const eta = new Eta({ autoEscape: false, autoTrim: false });
  const templates = FILES.map((name) => {
    const text = readFileSync(join(templatesDir, "assistant", "personal-assistant", `${name}.eta`), "utf8");
    return { name, render: eta.compile(text) };
  });
  return (spec) => {
    const [first, rest] = divide(toHarmlessLines(spec.instructions), MOST_QUOTED_IN_USER);
    const values = {
      name: quoteName(spec.assistantName),
      instructions: quote(first),
      moreInstructions: rest.length === 0 ? null : quote(rest),
      responsibilities: quote(parseResponsibilities(spec.instructions).flatMap(toHarmlessLines).map(toItem)),
      timeZone: spec.timeZone,
    };
    const files = templates.map(({ name, render }) => [`workspace/${name}`, render.call(eta, values)] as const);
    return new Map([...files, ["workspace/memory/.keep", ""]]);
  };
}

function toItem(line: string): string {
  return `- ${line}`;
}
