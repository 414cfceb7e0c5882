/** The server as a whole: landing page, headers, 404, failures, limits, health and the stop. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import type { Logger } from "#src/domain/logger.ts";
import { addCustomer } from "#test/support/add-customer.ts";
import { openTemporaryWeb } from "#test/support/temporary-web.ts";

test("the first page says what it is and costs, how it works, and leads into the chat", async () => {
  await using web = await openTemporaryWeb();
  const reply = await web.app.inject("/");
  assert.equal(reply.statusCode, 200);
  assert.match(String(reply.headers["content-type"]), /^text\/html; charset=utf-8/);
  assert.match(reply.body, /^<!doctype html>\s*<html lang="en">/);
  assert.match(reply.body, /\$29\/month/);
  assert.match(reply.body, /<a class="button" href="https:\/\/t\.me\/BlytzTestBot">Set it up in Telegram<\/a>/);
  assert.equal(reply.body.match(/<li>/g)?.length, 3);
  assert.match(reply.body, /<link rel="canonical" href="https:\/\/blytz\.example\/">/);
});

for (const path of ["/", "/paid", "/nowhere", "/pay/unknown"]) {
  test(`${path} may load nothing but its own stylesheet, runs no script, and can't be framed`, async () => {
    await using web = await openTemporaryWeb();
    const reply = await web.app.inject(path);
    const style = /<style>(.*?)<\/style>/s.exec(reply.body)?.[1] ?? assert.fail("no stylesheet");
    const hash = createHash("sha256").update(style).digest("base64");
    assert.deepEqual(String(reply.headers["content-security-policy"]).split(";").sort(), [
      "base-uri 'none'",
      "default-src 'none'",
      "form-action 'none'",
      "frame-ancestors 'none'",
      "img-src data:",
      `style-src 'sha256-${hash}'`,
    ]);
    assert.doesNotMatch(reply.body, /<script|style="|\son\w+=/);
    assert.equal(reply.headers["x-content-type-options"], "nosniff");
    assert.equal(reply.headers["referrer-policy"], "no-referrer");
    assert.ok(reply.headers["strict-transport-security"]);
  });
}

test("no other site's script may read an answer, and one served without https asks for none", async () => {
  await using web = await openTemporaryWeb({ publicUrl: "http://127.0.0.1:8080" });
  const headers = { origin: "https://elsewhere.example" };
  for (const url of ["/", "/api/health", "/api/status/x"]) {
    const reply = await web.app.inject({ url, headers });
    assert.equal(reply.headers["access-control-allow-origin"], undefined);
    assert.equal(reply.headers["strict-transport-security"], undefined);
  }
});

test("an unknown address is a page for people and JSON for programs", async () => {
  await using web = await openTemporaryWeb();
  const page = await web.app.inject("/nowhere");
  assert.equal(page.statusCode, 404);
  assert.match(page.body, /<h1>Nothing here<\/h1>/);
  for (const url of ["/api", "/api/nowhere", "/api/health/nowhere"]) {
    const reply = await web.app.inject(url);
    assert.equal(reply.statusCode, 404);
    assert.deepEqual(reply.json(), { error: "not_found", message: "There is nothing at this address." });
  }
  assert.equal((await web.app.inject({ method: "POST", url: "/" })).statusCode, 404);
});

test("an address that can't be read or is too long names nothing", async () => {
  await using web = await openTemporaryWeb();
  for (const part of ["%E0%A4%A", "x".repeat(300)]) {
    const reply = await web.app.inject(`/api/status/${part}`);
    assert.deepEqual([reply.statusCode, reply.json().error], [404, "not_found"]);
    assert.match((await web.app.inject(`/pay/${part}`)).body, /<h1>Nothing here<\/h1>/);
  }
});

test("a failure of ours tells nothing outside and everything to the log, without the address", async () => {
  const logged: unknown[] = [];
  const logger = { error: (fields: object, message: string) => void logged.push(fields, message) } as unknown as Logger;
  const failure = new Error("SQLITE_CORRUPT in /secret/place");
  const readProgress = (): never => {
    throw failure;
  };
  await using web = await openTemporaryWeb({ logger, readProgress });
  const customer = addCustomer(web.store);
  web.store.sql("UPDATE customers SET entitlement = 'paid' WHERE id = ?").run(customer.id);
  const reply = await web.app.inject(`/paid?token=${customer.payToken}`);
  assert.equal(reply.statusCode, 500);
  assert.match(reply.body, /<h1>Something went wrong<\/h1>/);
  assert.doesNotMatch(reply.body, /SQLITE|secret/);
  assert.deepEqual(logged, [{ err: failure, method: "GET", route: "/paid" }, "request failed"]);
});

for (const url of ["/pay/unknown", "/api/status/unknown"]) {
  test(`${url} is limited to 120 requests a minute for each address`, async () => {
    await using web = await openTemporaryWeb();
    const ask = (ip: string) => web.app.inject({ url, headers: { "x-forwarded-for": ip } });
    for (let count = 0; count < 120; count += 1) assert.equal((await ask("203.0.113.7")).statusCode, 404);
    const refused = await ask("203.0.113.7");
    assert.equal(refused.statusCode, 429);
    assert.match(refused.body, /a little fast/);
    assert.ok(refused.headers["retry-after"]);
    assert.equal((await ask("203.0.113.8")).statusCode, 404, "somebody else is not refused");
  });
}

for (const url of ["/api/health", "/health"]) {
  test(`${url} says that all is well, without a limit`, async () => {
    await using web = await openTemporaryWeb();
    const replies = await Promise.all(Array.from({ length: 300 }, () => web.app.inject(url)));
    assert.deepEqual([...new Set(replies.map((reply) => reply.statusCode))], [200]);
    const body = { status: "ok", version: "1.2.3", database: "ok", uptime_seconds: 61 };
    assert.deepEqual(replies[0]?.json(), body);
    assert.equal(replies[0]?.headers["cache-control"], "no-store");
    assert.equal((await web.app.inject({ method: "HEAD", url })).statusCode, 200);
  });
}

test("while the platform stops, health says so with 503", async () => {
  await using web = await openTemporaryWeb();
  web.health.isStopping = true;
  const reply = await web.app.inject("/api/health");
  assert.equal(reply.statusCode, 503);
  assert.equal(reply.json().status, "stopping");
});

test("with a database that does not answer, health says so with 503", async () => {
  await using web = await openTemporaryWeb();
  web.store[Symbol.dispose]();
  const reply = await web.app.inject("/health");
  assert.equal(reply.statusCode, 503);
  assert.deepEqual([reply.json().status, reply.json().database], ["unavailable", "unavailable"]);
});
