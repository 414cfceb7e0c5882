/** The README's table of settings is the schema's. UPDATE_GOLDEN=1 writes it. */
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { test } from "node:test";
import { listSettings } from "#src/config.ts";

const SECTION = /(<!-- settings -->\n)[\s\S]*?(<!-- \/settings -->)/;

function toDefault(text: string): string {
  if (text === "required" || text === "–") return text;
  return `\`${text.replace(process.cwd(), ".").replace(homedir(), "~")}\``;
}

test("the README lists every setting with its default and its purpose", () => {
  const rows = listSettings()
    .filter(({ name }) => !name.startsWith("SANDBOX"))
    .map((setting) => `| \`${setting.name}\` | ${toDefault(setting.default)} | ${setting.description} |`);
  const table = ["| Name | Default | For |", "|---|---|---|", ...rows].join("\n");
  const readme = readFileSync("README.md", "utf8");
  const wanted = readme.replace(SECTION, (_all, begin: string, end: string) => `${begin}${table}\n${end}`);
  if (process.env.UPDATE_GOLDEN === "1") writeFileSync("README.md", wanted);
  else assert.equal(readme, wanted);
});

test("the README stays under 150 lines", () => {
  assert.ok(readFileSync("README.md", "utf8").split("\n").length <= 150);
});
