/** The HTML pages: templates in, text out, with everything that is put into them escaped. It knows no routes. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Eta } from "eta";
import type { ProgressLine } from "#src/domain/progress-text.ts";

export const HTML = "text/html; charset=utf-8";

/** What each template in `templates/pages` is given. */
export type PageValues = {
  landing: { botUrl: string; price: string; canonicalUrl: string };
  "opening-payment": { refresh: string; isSlow: boolean };
  paid: {
    state: "confirming" | "expired" | "preparing" | "ready" | "ended";
    refresh: string | null;
    assistantName: string;
    botUrl: string;
    payUrl: string;
    lines: ProgressLine[];
    note: string | null;
  };
  problem: { title: string; message: string; link: { text: string; url: string } | null };
};

export type Pages = {
  render<Name extends keyof PageValues>(name: Name, values: PageValues[Name]): string;
  /** For the content security policy: the one inline stylesheet that pages have. */
  styleHash: string;
};

/** Throws when the templates are not there. */
export function createPages(templatesDir: string): Pages {
  const views = join(templatesDir, "pages");
  const eta = new Eta({ views, autoEscape: true, cache: true });
  const style = /<style>(.*?)<\/style>/s.exec(readFileSync(join(views, "layout.eta"), "utf8"))?.[1] ?? "";
  return {
    render: (name, values) => eta.render(`./${name}`, values),
    styleHash: `sha256-${createHash("sha256").update(style).digest("base64")}`,
  };
}
