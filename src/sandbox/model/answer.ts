/**
 * What the model stand-in says: from the prompt alone. It quotes the person's own lines, the assistant's name and the last
 * question if the prompt holds them, and says so if it does not; it knows nothing else. Pure.
 */
import { isObject } from "#src/domain/json.ts";

export type PromptMessage = { role: string; content: string };

/** Throws nothing: what is no message is left out. */
export function parseMessages(input: unknown): PromptMessage[] {
  if (!Array.isArray(input)) return [];
  return input.filter(isObject).map(({ role, content }) => ({ role: String(role), content: toText(content) }));
}

function toText(content: unknown): string {
  if (typeof content === "string") return content;
  if (!Array.isArray(content)) return "";
  return content.map((part) => (isObject(part) && typeof part.text === "string" ? part.text : "")).join("\n");
}

export function answerFrom(messages: readonly PromptMessage[]): string {
  const rules = messages
    .filter(({ role }) => role === "system" || role === "developer")
    .map(({ content }) => content)
    .join("\n");
  const name = /^- \*\*Name:\*\* *(.+)$/m.exec(readFile(rules, "IDENTITY"))?.[1];
  const about = readFile(rules, "USER")
    .split("\n")
    .filter((line) => /^> ?\S/.test(line))
    .map((line) => line.replace(/^> ?/, "").trim());
  const question = findQuestion(messages);
  return [
    name === undefined ? "I don't know my name." : `I'm ${unescapeMarkdown(name)}.`,
    about.length === 0 ? "I know nothing about you yet." : `You told us: “${about.join(" / ")}”.`,
    question === null ? "You have not asked anything." : `You wrote: “${question}”.`,
  ].join(" ");
}

/** The text of one workspace file within a prompt: from its heading, a path, to the next one's. */
function readFile(prompt: string, name: string): string {
  const parts = prompt.split(/^## (?=\/.*\.md$)/m);
  return parts.find((part) => new RegExp(`^/.*/${name}\\.md$`, "m").test(part.split("\n")[0] ?? "")) ?? "";
}

function unescapeMarkdown(markdown: string): string {
  return markdown.replaceAll(/\\([\\`*_[\]<>#|~])/g, "$1");
}

/** The person's last words, out of the envelope that the gateway puts around them. */
function findQuestion(messages: readonly PromptMessage[]): string | null {
  const asked = messages.findLast(
    ({ role, content }) => role === "user" && !content.includes("BEGIN_OPENCLAW_INTERNAL_CONTEXT"),
  );
  if (asked === undefined) return null;
  const words = asked.content
    .replace(/^[\s\S]*?⟦openclaw:ctx⟧\s*```json[\s\S]*?```\s*/, "")
    .replace(/\n\s*\nRuntime: agent=[\s\S]*$/, "")
    .trim();
  return words === "" ? null : words;
}
