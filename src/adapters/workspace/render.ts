/**
 * The files that a new assistant finds in its workspace. Templates are ours; what a person wrote stands in them as data:
 * each line a quotation, our markers in it made harmless. It writes nothing; the runtime does.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Eta } from "eta";
import type { AssistantSpec } from "#src/domain/assistant.ts";
import { parseResponsibilities, toLines } from "#src/domain/responsibilities.ts";

const FILES = ["AGENTS.md", "IDENTITY.md", "SOUL.md", "USER.md"] as const;

/** Reads the templates once; throws when one is missing. Paths of the result are relative to the cell's state directory. */
export function createWorkspaceRenderer(templatesDir: string): (spec: AssistantSpec) => ReadonlyMap<string, string> {
  const eta = new Eta({ autoEscape: false, autoTrim: false });
  const templates = FILES.map((name) => {
    const text = readFileSync(join(templatesDir, "assistant", "personal-assistant", `${name}.eta`), "utf8");
    return { name, render: eta.compile(text) };
  });
  return (spec) => {
    const values = {
      name: quoteName(spec.assistantName),
      instructions: quote(toLines(spec.instructions)),
      responsibilities: quote(toResponsibilities(spec.instructions).map((item) => `- ${item}`)),
      timeZone: spec.timeZone,
    };
    const files = templates.map(({ name, render }) => [`workspace/${name}`, render.call(eta, values)] as const);
    return new Map([...files, ["workspace/memory/.keep", ""]]);
  };
}

function toResponsibilities(instructions: string): string[] {
  const found = parseResponsibilities(instructions);
  return found.length > 0 ? found : ["What USER.md says"];
}

/** Every line begins as a quotation, so none of them is a heading, a marker or an end of ours. */
function quote(lines: readonly string[]): string {
  return lines.map((line) => `> ${neutralise(line)}`.trimEnd()).join("\n");
}

/** One line by its own rules; what Markdown would act on is escaped. */
function quoteName(name: string): string {
  return neutralise(toLines(name).join(" ")).replaceAll(/[\\`*_[\]<>#|~]/g, "\\$&");
}

/**
 * Comments can't open or close (a zero-width space goes between), so our markers stay ours. Characters that turn the
 * direction of text are ended where the line ends, so that they can't reorder what follows.
 */
function neutralise(line: string): string {
  const harmless = line
    .replaceAll("\u0000", "")
    .replaceAll("<!--", "<\u200B!--")
    .replaceAll("-->", "--\u200B>")
    .replaceAll(/blytz:(?=begin|end)/gi, "blytz\u200B:");
  const embeddings = harmless.match(/[\u202A\u202B\u202D\u202E]/g)?.length ?? 0;
  const isolates = harmless.match(/[\u2066-\u2068]/g)?.length ?? 0;
  return harmless + "\u202C".repeat(embeddings) + "\u2069".repeat(isolates);
}
