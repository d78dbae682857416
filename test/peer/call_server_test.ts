/** The call page over real TLS: who gets through, and who never means to. */

import { makeCertificate } from "../../http/make_certificate.ts";
import { PagesServer } from "../../http/server.ts";
import { HTTP_DEADLINE_MS, HTTP_MAX_CONNECTIONS, HTTP_RATE } from "../../relaycore/limits.ts";
import { assert, assertEquals, assertMatch, assertRejects } from "../assert.ts";
import { shownHub } from "../support/shown_hub.ts";

const KEYS = await makeCertificate(["localhost", "127.0.0.1"], Date.now());

/** Both pages, served until the block ends. */
async function served() {
  const server = new PagesServer({ hub: shownHub() });
  const httpPort = server.openHttp(0);
  const port = server.openCall(0, KEYS);
  await server.files();
  const client = Deno.createHttpClient({ caCerts: [KEYS.cert] });
  return {
    httpPort,
    port,
    server,
    get: (path: string, init: RequestInit = {}) =>
      fetch(`https://localhost:${port}${path}`, { ...init, client }),
    async [Symbol.asyncDispose]() {
      client.close();
      await server.stop();
    },
  };
}

function connect(port: number): Promise<Deno.TcpConn> {
  return Deno.connect({ hostname: "127.0.0.1", port });
}

/** What arrives until the other end hangs up. */
async function received(connection: Deno.Conn): Promise<string> {
  const buffer = new Uint8Array(65_536);
  let text = "";
  while (true) {
    const length = await connection.read(buffer).catch(() => null);
    if (length === null) return text;
    text += new TextDecoder("latin1").decode(buffer.subarray(0, length));
  }
}

async function say(port: number, bytes: string): Promise<string> {
  using connection = await connect(port);
  await connection.write(Uint8Array.from(bytes, (char) => char.charCodeAt(0))).catch(() => {});
  await connection.closeWrite().catch(() => {});
  return await received(connection);
}

Deno.test("the page and its files come over TLS, with the certificate that was given", async () => {
  await using site = await served();
  const page = await site.get("/");
  assertMatch(await page.text(), /<!doctype html>/i);
  assertEquals(page.headers.get("strict-transport-security"), null);
  const script = await site.get("/call/door.js");
  assertEquals(script.headers.get("content-type"), "text/javascript; charset=utf-8");
  const again = await site.get("/call/door.js", {
    headers: { "if-none-match": script.headers.get("etag")! },
  });
  assertEquals(again.status, 304);
  await script.body?.cancel();
  await again.body?.cancel();
  // A file that is larger than what any socket takes at once arrives whole.
  const large = await site.get("/call/main.js", { headers: { "accept-encoding": "identity" } });
  assertEquals((await large.bytes()).length, Number(large.headers.get("content-length")));
});

Deno.test("whoever leaves https:// away is led to it", async () => {
  await using site = await served();
  const answer = await say(site.port, "GET /call?x HTTP/1.1\r\nHost: 127.0.0.1:9\r\n\r\n");
  assertMatch(answer, /^HTTP\/1\.1 307 /);
  assertMatch(answer, new RegExp(`\r\nlocation: https://127\\.0\\.0\\.1:${site.port}/call\r\n`));
});

Deno.test("what is no TLS, and TLS that is none, ends nothing", async () => {
  await using site = await served();
  for (
    const bytes of [
      "",
      "\x16",
      "\x16\x03\x01\x02\x00\x01",
      "\x16\x03\x01\x00\x05hello",
      `\x16\x03\x01\xff\xff${"\x00".repeat(70_000)}`,
      "\x00".repeat(5000),
      "GET / HTTP/1.1\r\n\r\n",
      "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    ]
  ) {
    await say(site.port, bytes);
    assertEquals(await (await site.get("/healthz")).text(), "ok\n");
  }
});

Deno.test("a client of a version of TLS that is broken, or that trusts nobody, ends nothing", async () => {
  await using site = await served();
  await assertRejects(() => fetch(`https://localhost:${site.port}/`)); // the warning that guests see
  assertEquals(await (await site.get("/healthz")).text(), "ok\n");
});

Deno.test("clients that never finish setting TLS up are cut when their time is up", async () => {
  await using site = await served();
  const slow: Deno.TcpConn[] = [];
  for (const beginning of ["", "\x16", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"]) {
    for (let i = 0; i < 5; i++) {
      const connection = await connect(site.port);
      await connection.write(Uint8Array.from(beginning, (char) => char.charCodeAt(0)));
      slow.push(connection);
    }
  }
  assertEquals(await (await site.get("/healthz")).text(), "ok\n");
  await Promise.all(slow.map(received)); // each ends: the other end has hung up
  for (const connection of slow) connection.close();
});

Deno.test("silent connections to either port are counted together, and the oldest gives way", async () => {
  await using site = await served();
  const silent: Deno.TcpConn[] = [];
  for (let i = 0; i < HTTP_MAX_CONNECTIONS; i++) {
    silent.push(await connect(i % 2 === 0 ? site.port : site.httpPort));
  }
  assertEquals(await (await site.get("/healthz")).text(), "ok\n");
  await received(silent[0]); // it ends: the other end has hung up
  for (const connection of silent) connection.close();
});

Deno.test("requests over HTTP and HTTPS count together: who makes too many is hung up on", async () => {
  await using site = await served();
  for (let i = 0; i < HTTP_RATE.burst; i++) {
    await say(site.httpPort, "GET /healthz HTTP/1.1\r\nHost: hub\r\n\r\n");
  }
  const began = performance.now();
  const more: Deno.TcpConn[] = [];
  for (let i = 0; i < 50; i++) more.push(await connect(site.port));
  assertEquals(await Promise.race(more.map(received)), "");
  // Its time being up would have ended it no sooner.
  assert(performance.now() - began < HTTP_DEADLINE_MS);
  for (const connection of more) connection.close();
});

Deno.test("stopping cuts what is open, whatever it is at, and frees both ports", async () => {
  const site = await served();
  using silent = await connect(site.port);
  using half = await connect(site.port);
  await half.write(Uint8Array.from("\x16\x03\x01\x02\x00", (char) => char.charCodeAt(0)));
  using set = await Deno.connectTls({
    hostname: "localhost",
    port: site.port,
    caCerts: [KEYS.cert],
  });
  await set.write(new TextEncoder().encode("GET / HTTP/1.1\r\nHo"));
  await site[Symbol.asyncDispose]();
  for (const connection of [silent, half, set]) await received(connection);
  await assertRejects(() => connect(site.port), Deno.errors.ConnectionRefused);
  await assertRejects(() => connect(site.httpPort), Deno.errors.ConnectionRefused);
});

Deno.test("a port that is taken, and keys that are none, leave the server as it was", async () => {
  await using site = await served();
  const other = new PagesServer({ hub: shownHub() });
  try {
    assertThrowsAddrInUse(() => other.openCall(site.port, KEYS));
    assert(other.callPort === undefined);
    const foreign = await makeCertificate(["localhost"], Date.now());
    let failed = false;
    try {
      other.openCall(0, { key: foreign.key, cert: KEYS.cert });
    } catch {
      failed = true;
    }
    assert(failed && other.callPort === undefined);
  } finally {
    await other.stop();
  }
});

function assertThrowsAddrInUse(run: () => void): void {
  try {
    run();
  } catch (error) {
    return assert(error instanceof Deno.errors.AddrInUse, String(error));
  }
  throw new Error("it did not throw");
}
