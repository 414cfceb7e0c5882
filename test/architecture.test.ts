/**
 * The rules of the tree, read from the sources as text: who may import whom, which vendor packages a folder knows, who
 * writes which noun, and that every file says what it is for.
 */
import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { test } from "node:test";

type Rule = { own: string[]; vendors: string[] };

const FASTIFY = ["fastify", "@fastify/helmet", "@fastify/rate-limit"];

/** By the longest folder that matches. `own` are folders of ours besides itself. */
const RULES: Record<string, Rule> = {
  "src/domain": { own: [], vendors: ["zod"] },
  "src/store": { own: ["src/domain"], vendors: ["better-sqlite3"] },
  "src/provisioner": { own: ["src/domain", "src/store"], vendors: [] },
  "src/adapters": {
    own: ["src/domain"],
    vendors: ["stripe", "undici", "eta", "grammy", "grammy/types", "@grammyjs/auto-retry"],
  },
  "src/model-gateway": { own: ["src/domain", "src/store"], vendors: ["fastify", "undici"] },
  "src/web": { own: ["src/domain", "src/store"], vendors: [...FASTIFY, "eta", "zod"] },
  conversations: { own: ["src/domain"], vendors: ["grammy", "grammy/types", "@grammyjs/conversations"] },
  "src/bot": {
    own: ["src/domain", "src/store", "conversations"],
    vendors: ["grammy", "grammy/types", "@grammyjs/conversations", "@grammyjs/auto-retry"],
  },
  "src/sandbox": { own: ["src/domain", "src/store"], vendors: [...FASTIFY, "grammy", "grammy/types", "eta", "zod"] },
};

/** Whoever is not named may only read. The sandbox reads; entry points and tests may do anything. */
const WRITERS: Record<string, Record<string, string[]>> = {
  "src/store/customers.ts": {
    createCustomer: ["src/bot", "src/web"],
    renameCustomer: ["src/bot", "src/web"],
    recordStripeCustomer: ["src/provisioner/billing-loop.ts"],
    grantEntitlement: ["src/provisioner/billing-loop.ts"],
    recordSubscription: ["src/provisioner/billing-loop.ts"],
    setServed: ["src/provisioner/assistant-loop.ts"],
  },
  "src/store/checkout-attempts.ts": {
    holdSeat: ["src/bot", "src/web"],
    wantCheckout: ["src/bot", "src/web"],
    endHold: ["src/bot", "src/web"],
    recordCheckoutTimes: ["src/provisioner/billing-loop.ts"],
    forgetCheckoutTimes: ["src/provisioner/billing-loop.ts"],
    recordOpenSession: ["src/provisioner/billing-loop.ts"],
    finishAttempt: ["src/provisioner/billing-loop.ts"],
  },
  "src/store/stripe-events.ts": {
    recordStripeEvent: ["src/web"],
    finishEvents: ["src/provisioner/billing-loop.ts"],
  },
  "src/store/assistants.ts": { writeSpec: ["src/bot", "src/web"] },
  "src/store/assistant-status.ts": {
    reserve: ["src/provisioner/reserve-port.ts"],
    beginAttempt: ["src/provisioner/assistant-loop.ts"],
    writeAssistantStatus: ["src/provisioner/assistant-loop.ts"],
  },
  "src/store/drafts.ts": { writeDraft: ["src/bot"], writeDraftBot: ["src/bot"], deleteDraft: ["src/bot"] },
  "src/store/inbox.ts": {
    storeUpdates: ["src/bot"],
    countAttempt: ["src/bot"],
    forgiveAttempts: ["src/bot"],
    finishUpdate: ["src/bot"],
    pruneUpdates: ["src/bot"],
  },
  "src/store/conversation-state.ts": { writeConversationState: ["src/bot"], deleteConversationState: ["src/bot"] },
  "src/store/outbox.ts": {
    tell: ["src/bot", "src/web", "src/provisioner"],
    finishMessage: ["src/provisioner/messages-loop.ts"],
    dropMessage: ["src/provisioner/messages-loop.ts"],
  },
  "src/store/progress-messages.ts": {
    beginProgressMessage: ["src/provisioner/billing-loop.ts"],
    recordShown: ["src/provisioner/messages-loop.ts"],
    forgetShown: ["src/provisioner/messages-loop.ts"],
    endProgressMessage: ["src/provisioner/messages-loop.ts"],
  },
  "src/store/settings.ts": { writeSetting: ["src/bot"] },
  "src/store/audit-log.ts": { writeAudit: ["src/bot", "src/web", "src/provisioner"] },
};

const files = [...globSync("src/**/*.ts"), ...globSync("conversations/**/*.ts")].sort();

type Import = { target: string; names: string[]; isOwn: boolean };

function readImports(file: string): Import[] {
  const source = readFileSync(file, "utf8");
  const found = source.matchAll(/^(?:import|export)\s+([^;"']*?)\s*from\s+["']([^"']+)["'];/gm);
  const bare = source.matchAll(/^import\s+["']([^"']+)["'];/gm);
  const dynamic = source.matchAll(/\bimport\(\s*["']([^"']+)["']\s*\)/g);
  return [
    ...[...found].map(([, names = "", target = ""]) => toImport(file, target, names)),
    ...[...bare].map(([, target = ""]) => toImport(file, target, "")),
    ...[...dynamic].map(([, target = ""]) => toImport(file, target, "")),
  ];
}

function toImport(file: string, target: string, names: string): Import {
  const words = names.match(/[A-Za-z_$][\w$]*/g) ?? [];
  if (target.startsWith("#")) return { target: target.slice(1), names: words, isOwn: true };
  if (target.startsWith(".")) return { target: normalize(join(dirname(file), target)), names: words, isOwn: true };
  return { target, names: words, isOwn: false };
}

function toFolder(file: string): string | undefined {
  return Object.keys(RULES)
    .filter((folder) => file.startsWith(`${folder}/`))
    .sort((a, b) => b.length - a.length)[0];
}

const isEntryPoint = (file: string): boolean => /^src\/[^/]+\.ts$/.test(file);

test("a folder imports only the folders and packages that its rule names", () => {
  const wrong: string[] = [];
  for (const file of files.filter((name) => !isEntryPoint(name))) {
    const folder = toFolder(file);
    assert.ok(folder !== undefined, `${file} lies in a folder without a rule`);
    const { own, vendors } = RULES[folder] as Rule;
    for (const { target, isOwn } of readImports(file)) {
      const allowed = isOwn
        ? [folder, ...own].some((place) => target.startsWith(`${place}/`))
        : target.startsWith("node:") || vendors.includes(target);
      if (!allowed) wrong.push(`${file} imports ${target}`);
    }
  }
  assert.deepEqual(wrong, []);
});

test("only entry points import an adapter or another entry point's file", () => {
  const wrong = files
    .filter((file) => !isEntryPoint(file))
    .flatMap((file) => readImports(file).map(({ target }) => ({ file, target })))
    .filter(({ file, target }) => {
      const intoAdapters = target.startsWith("src/adapters/") && !file.startsWith("src/adapters/");
      return intoAdapters || isEntryPoint(target);
    })
    .map(({ file, target }) => `${file} imports ${target}`);
  assert.deepEqual(wrong, []);
});

test("a noun is written only by whoever owns it", () => {
  const wrong: string[] = [];
  for (const file of files.filter((name) => !isEntryPoint(name) && !name.startsWith("src/store/"))) {
    for (const { target, names } of readImports(file)) {
      for (const name of names) {
        const writers = WRITERS[target]?.[name];
        if (writers && !writers.some((place) => file === place || file.startsWith(`${place}/`))) {
          wrong.push(`${file} writes with ${name}`);
        }
      }
    }
  }
  assert.deepEqual(wrong, []);
});

test("every function of the store that changes a row is in the table of writers", () => {
  const missing: string[] = [];
  for (const file of files.filter((name) => name.startsWith("src/store/"))) {
    const functions = readFileSync(file, "utf8")
      .split(/^export function /m)
      .slice(1);
    for (const text of functions) {
      const name = /^\w+/.exec(text)?.[0] ?? "";
      const body = text.split(/^}$/m)[0] ?? "";
      const writes = /\b(INSERT INTO|UPDATE \w+ SET|DELETE FROM)\b/.test(body);
      if (writes && name !== "checkKey" && WRITERS[file]?.[name] === undefined) missing.push(`${file}: ${name}`);
    }
  }
  assert.deepEqual(missing, []);
});

test("every file opens by saying what it is for", () => {
  const own = [...files, ...globSync("test/**/*.ts")];
  const silent = own.filter((file) => !/^(#!.*\n)?\/\*\*[\s\S]{30,}?\*\//.test(readFileSync(file, "utf8")));
  assert.deepEqual(silent, []);
});

test("no name is one of those that say nothing", () => {
  const empty =
    /\b(?:class|function|type|interface|const)\s+(\w*(?:Manager|Helper|Util|Utils|Service|Handler|Impl)|I[A-Z][a-z]\w*)\b/g;
  const found = files.flatMap((file) =>
    [...readFileSync(file, "utf8").matchAll(empty)].map(([, name]) => `${file}: ${name}`),
  );
  assert.deepEqual(found, []);
});
