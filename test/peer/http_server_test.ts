/** The QR page over real TCP: ports, connections that are held open, and requests that are none. */

import { startQrPage } from "../../http/server.ts";
import { HTTP_MAX_CONNECTIONS, HTTP_RATE } from "../../relaycore/limits.ts";
import { startHub } from "../../relaycore/mod.ts";
import { assert, assertEquals, assertRejects, assertStringIncludes } from "../assert.ts";
import { folderOfProcess } from "../support/folder.ts";
import { denoCommand, Program } from "../support/program.ts";
import { shownHub } from "../support/shown_hub.ts";
import { eventually, within } from "../support/waiting.ts";
import { freeUdpPort } from "../support/ports.ts";

/** A page that is served until the block ends. */
async function served(hub = shownHub()) {
  const page = await startQrPage({ hub, port: 0 });
  const stop = () => soon(page.stop(), "stop() waits for others");
  return { hub, port: page.port, stop, [Symbol.asyncDispose]: stop };
}

/** Turns a wait without an end into a failure. */
async function soon(promise: Promise<void>, complaint: string): Promise<void> {
  assert(await within(20_000, promise.then(() => true)), complaint);
}

function connect(port: number): Promise<Deno.TcpConn> {
  return Deno.connect({ hostname: "127.0.0.1", port });
}

async function send(connection: Deno.TcpConn, text: string): Promise<void> {
  const bytes = new TextEncoder().encode(text);
  for (let sent = 0; sent < bytes.length;) sent += await connection.write(bytes.subarray(sent));
}

/** What arrives until the other end hangs up; with `until`, not longer than until that has come. */
async function received(connection: Deno.TcpConn, until?: string): Promise<string> {
  const buffer = new Uint8Array(65_536);
  const decoder = new TextDecoder();
  let text = "";
  while (until === undefined || !text.includes(until)) {
    const length = await connection.read(buffer).catch(() => null); // a reset is a hang-up, too
    if (length === null) break;
    text += decoder.decode(buffer.subarray(0, length), { stream: true });
  }
  return text;
}

/** Sends a request that asks to hang up after the answer, and reads to the end. */
async function request(port: number, method: string, path: string): Promise<string> {
  using connection = await connect(port);
  await send(connection, `${method} ${path} HTTP/1.1\r\nHost: hub\r\nConnection: close\r\n\r\n`);
  return await received(connection);
}

async function isWell(port: number): Promise<boolean> {
  const answer = await request(port, "GET", "/healthz");
  return answer.startsWith("HTTP/1.1 200 ") && answer.endsWith("\r\n\r\nok\n");
}

Deno.test("the page is served on any free port, and says which", async () => {
  await using server = await served();
  assert(server.port > 0);
  const response = await fetch(`http://127.0.0.1:${server.port}/link`);
  assertEquals(await response.text(), `${server.hub.link}\n`);
});

Deno.test("over TCP, too, HEAD answers with the headers of GET and no body", async () => {
  await using server = await served();
  for (const path of ["/", "/link", "/qr.svg", "/healthz", "/status", "/nowhere"]) {
    const [get, head] = await Promise.all(["GET", "HEAD"].map(async (method) => {
      const answer = await request(server.port, method, path);
      // Deno adds the date, and on some versions that it might have compressed the body.
      const [headers, ...body] = answer.split("\r\n\r\n");
      const lines = headers.split("\r\n").filter((line) => !/^(date|vary):/i.test(line));
      return { lines, body: body.join("\r\n\r\n") };
    }));
    if (path !== "/nowhere") assertEquals(head.lines.sort(), get.lines.sort());
    assertEquals(head.lines[0], get.lines[0]);
    assert(get.body.length > 0);
    assertEquals(head.body, "");
  }
});

Deno.test("a changed link is served at once", async () => {
  await using server = await served();
  server.hub.link = "https://kibitz.chat/?galaxy=another";
  const response = await fetch(`http://127.0.0.1:${server.port}/link`);
  assertEquals(await response.text(), "https://kibitz.chat/?galaxy=another\n");
});

Deno.test("a port that is taken rejects, and says so by its class", async () => {
  await using server = await served();
  await assertRejects(
    () => startQrPage({ hub: shownHub(), port: server.port }),
    Deno.errors.AddrInUse,
  );
  using listener = Deno.listen({ hostname: "0.0.0.0", port: 0 });
  await assertRejects(
    () => startQrPage({ hub: shownHub(), port: listener.addr.port }),
    Deno.errors.AddrInUse,
  );
});

Deno.test("stopping cuts connections that are held open and frees the port", async () => {
  await using server = await served();
  const { port } = server;
  using silent = await connect(port);
  using idle = await connect(port);
  await send(idle, "GET /healthz HTTP/1.1\r\nHost: hub\r\n\r\n");
  assertStringIncludes(await received(idle, "ok\n"), "200 OK");
  using half = await connect(port);
  await send(half, "GET / HTTP/1.1\r\nHo");
  using body = await connect(port);
  await send(body, "POST / HTTP/1.1\r\nHost: hub\r\nContent-Length: 1000\r\n\r\nhalf");

  await server.stop();
  await server.stop(); // once more changes nothing
  for (const connection of [silent, idle, half, body]) {
    await received(connection); // it ends: the other end has hung up
  }
  await assertRejects(() => connect(port), Deno.errors.ConnectionRefused);
  const again = await startQrPage({ hub: shownHub(), port });
  assertEquals(again.port, port);
  assert(await isWell(port));
  await again.stop();
});

Deno.test("of too many connections the oldest is cut, and the page is there", async () => {
  await using server = await served();
  const silent: Deno.TcpConn[] = [];
  for (let i = 0; i < HTTP_MAX_CONNECTIONS; i++) silent.push(await connect(server.port));
  assert(await isWell(server.port)); // one more
  await received(silent[0]); // it ends: the other end has hung up
  for (const connection of silent) connection.close();
});

Deno.test("an address that opens connections without end is hung up on, for a while", async () => {
  await using server = await served();
  for (let i = 0; i < HTTP_RATE.burst; i++) (await connect(server.port)).close();
  const more: Deno.TcpConn[] = [];
  for (let i = 0; i < 50; i++) more.push(await connect(server.port));
  // Without having said anything, and long before their time is up.
  assertEquals(await Promise.race(more.map((connection) => received(connection))), "");
  for (const connection of more) connection.close();
});

Deno.test("requests that are none do not end the server", async () => {
  await using server = await served();
  const requests: Record<string, string> = {
    "nothing": "",
    "empty lines": "\r\n\r\n\r\n",
    "garbage": Array.from({ length: 5000 }, (_, i) => String.fromCharCode((i * 7919) % 128)).join(
      "",
    ),
    "TLS": "\x16\x03\x01\x00\xa5\x01\x00\x00\xa1",
    "HTTP/0.9": "GET /\r\n",
    "HTTP/1.0 without a host": "GET / HTTP/1.0\r\n\r\n",
    "HTTP/1.1 without a host": "GET / HTTP/1.1\r\n\r\n",
    "HTTP/2": "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "TRACE": "TRACE / HTTP/1.1\r\nHost: hub\r\n\r\n",
    "CONNECT": "CONNECT elsewhere:443 HTTP/1.1\r\nHost: elsewhere:443\r\n\r\n",
    "OPTIONS *": "OPTIONS * HTTP/1.1\r\nHost: hub\r\n\r\n",
    "a proxy's request": "GET http://elsewhere/ HTTP/1.1\r\nHost: elsewhere\r\n\r\n",
    "an upgrade": "GET / HTTP/1.1\r\nHost: hub\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" +
      "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
    "an impossible host": "GET / HTTP/1.1\r\nHost: a b[:::\r\n\r\n",
    "a zero byte": "GET /\0 HTTP/1.1\r\nHost: \0\r\n\r\n",
    "a wrong escape": "GET /%ff%00%zz HTTP/1.1\r\nHost: hub\r\n\r\n",
    "two lengths":
      "POST / HTTP/1.1\r\nHost: hub\r\nContent-Length: 3\r\nContent-Length: 5\r\n\r\nabc",
    "a wrong chunk": "POST / HTTP/1.1\r\nHost: hub\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    "a URL of 100 KB": `GET /${"a".repeat(100_000)} HTTP/1.1\r\nHost: hub\r\n\r\n`,
    "a header of 1 MB": `GET / HTTP/1.1\r\nHost: hub\r\nX: ${"a".repeat(1_000_000)}\r\n\r\n`,
    "10,000 headers": `GET / HTTP/1.1\r\nHost: hub\r\n${"a: b\r\n".repeat(10_000)}\r\n`,
  };
  for (const [what, bytes] of Object.entries(requests)) {
    using connection = await connect(server.port);
    // A server that has heard enough hangs up while it is still being talked to.
    await send(connection, bytes).catch(() => {});
    await connection.closeWrite().catch(() => {});
    await received(connection);
    assert(await isWell(server.port), `not well after ${what}`);
  }
});

Deno.test("a real hub's status is counts, without a word about any one guest", async () => {
  await using hub = await startHub({
    fixedId: false,
    port: freeUdpPort(),
    statePath: `${folderOfProcess()}/relay-state.json`,
    base: "https://kibitz.chat",
    advertise: ["127.0.0.1"],
  });
  const page = await startQrPage({ hub, port: 0 });
  const status = await (await fetch(`http://127.0.0.1:${page.port}/status`)).json();
  await page.stop();
  const { version, addresses, discovery, turn, limits, counters, ...numbers } = status;
  assertEquals(Object.keys(numbers).sort(), ["guests", "port", "rooms", "uptimeSeconds"]);
  assertEquals(typeof version, "string");
  assertEquals(discovery, false);
  assertEquals(addresses, hub.addresses);
  for (const counts of [numbers, limits, counters, turn ?? {}]) {
    for (const [name, count] of Object.entries(counts)) assertEquals(typeof count, "number", name);
  }
  assert(!JSON.stringify(status).includes(hub.blob.split("|")[2]), "the hub's password is in it");
});

const hasPrlimit = await Deno.stat("/usr/bin/prlimit").then(() => true, () => false);
if (!hasPrlimit) console.log("/usr/bin/prlimit is missing: no flood of connections is tried.");

for (const page of ["QR page", "call page"]) {
  Deno.test({
    name:
      `a flood of connections to the ${page} that takes every file handle ends neither the hub ` +
      "nor, for long, either page",
    ignore: !hasPrlimit,
    async fn() {
      // In a process of its own, which may open few files.
      await using pages = new Program([
        ...["/usr/bin/prlimit", "--nofile=120"],
        ...denoCommand("test/peer/support/page_process.ts"),
      ]);
      const flood: Deno.TcpConn[] = [];
      const [port, callPort] = (await pages.line()).split(" ").map(Number);
      // The call page leads whoever comes without TLS, and has been reached by that.
      const areWell = async () =>
        await isWell(port) && (await request(callPort, "GET", "/")).startsWith("HTTP/1.1 307 ");
      assert(await areWell());
      for (let i = 0; i < 200; i++) {
        const connection = await connect(page === "QR page" ? port : callPort)
          .catch(() => undefined); // refused: it has given up
        if (connection === undefined) break;
        flood.push(connection);
        // The beginning of TLS, which costs the hub two handles more.
        if (page === "call page") await send(connection, "\x16\x03\x01").catch(() => {});
      }
      assert(flood.length > 50, "few connections came through: this was no flood");
      for (const connection of flood) connection.close();
      await eventually("both pages", 30_000, async () => await areWell() || undefined);
      await pages.endInput();
      // It ends by itself when its input does, as a hub that is well.
      assertEquals(await pages.ended(), 0);
    },
  });
}
