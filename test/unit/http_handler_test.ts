/** The answers of the hub's web sites, without a socket. */

import { gunzipSync } from "node:zlib";
import { METRICS_TYPE } from "../../http/metrics.ts";
import { CALL_CSP, handle, type Site } from "../../http/handler.ts";
import { assert, assertEquals, assertNotEquals, assertStringIncludes } from "../support/assert.ts";
import { drawSvg, readQr } from "../support/qr_reader.ts";
import { ADDRESSES, type FakeHub, shownHub, shownSite, VISIT } from "../support/shown_hub.ts";

const TYPES: Readonly<Record<string, string>> = {
  "/": "text/html; charset=utf-8",
  "/link": "text/plain; charset=utf-8",
  "/qr.svg": "image/svg+xml",
  "/healthz": "text/plain; charset=utf-8",
  "/status": "application/json",
  "/metrics": METRICS_TYPE,
  "/door.svg": "image/svg+xml",
  "/call/hub.json": "application/json",
  "/call/main.js": "text/javascript; charset=utf-8",
};
const PATHS = Object.keys(TYPES);
/** The paths whose content changes only with the link, and those with live content. */
const KEPT = ["/", "/qr.svg"];
const FILES = ["/door.svg", "/call/main.js"];
const LIVE = ["/link", "/healthz", "/status", "/call/hub.json", "/metrics"];
const METHODS = ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"];

function ask(
  path: string,
  { hub = shownHub(), ...init }: RequestInit & { hub?: FakeHub } = {},
): Promise<Response> {
  return handle(new Request(`http://192.168.1.2:8080${path}`, init), shownSite({ hub }), VISIT);
}

async function text(path: string, hub?: FakeHub): Promise<string> {
  return await (await ask(path, { hub })).text();
}

Deno.test("every path answers GET with its type and its exact length", async () => {
  for (const path of PATHS) {
    const response = await ask(path);
    assertEquals(response.status, 200);
    assertEquals(response.headers.get("content-type"), TYPES[path]);
    const { length } = await response.bytes();
    assert(length > 0);
    assertEquals(response.headers.get("content-length"), String(length));
  }
});

Deno.test("HEAD answers with the headers of GET and no body", async () => {
  for (const path of [...PATHS, "/nowhere"]) {
    const [get, head] = [await ask(path), await ask(path, { method: "HEAD" })];
    assertEquals(head.status, get.status);
    assertEquals([...head.headers], [...get.headers]);
    assertEquals((await head.bytes()).length, 0);
    await get.body?.cancel();
  }
});

Deno.test("/link is the link and a newline", async () => {
  const hub = shownHub();
  assertEquals(await text("/link", hub), `${hub.link}\n`);
});

Deno.test("both pictures scan as the link", async () => {
  const hub = shownHub();
  assertEquals(readQr(drawSvg(await text("/qr.svg", hub))), hub.link);
});

Deno.test("a query changes nothing", async () => {
  assertEquals(await text("/link?x=1"), await text("/link"));
});

Deno.test("/status is the hub's status, complete and unchanged", async () => {
  const hub = shownHub();
  assertEquals(JSON.parse(await text("/status", hub)), hub.status());
});

Deno.test("the answer does not depend on the Host and other headers", async () => {
  // Except for addresses that depend on the Host header.
  for (const path of PATHS.filter((path) => path !== "/" && path !== "/call/hub.json")) {
    const plain = await (await ask(path)).bytes();
    const request = new Request(`http://evil.example${path}`, {
      headers: { "cookie": "a=b", "origin": "http://evil.example", "x-forwarded-for": "10.0.0.1" },
    });
    const response = await handle(request, shownSite(), VISIT);
    assertEquals(await response.bytes(), plain);
    assertEquals(response.headers.get("access-control-allow-origin"), null);
  }
});

Deno.test("a browser at an unknown path gets a page in its language that leads back to the call", async () => {
  const headers = { accept: "text/html,application/xhtml+xml,*/*;q=0.8", "accept-language": "de" };
  for (const method of ["GET", "HEAD"]) {
    const response = await ask("/nowhere", { method, headers });
    assertEquals(response.status, 404);
    assertEquals(response.headers.get("content-type"), "text/html; charset=utf-8");
    assertEquals(response.headers.get("cache-control"), "no-store");
    const page = await response.text();
    assertEquals(
      page.includes('<a class="button" href="/">Beim Anruf mitmachen</a>'),
      method === "GET",
    );
  }
});

Deno.test("unknown paths get 404", async () => {
  for (const path of ["/nowhere", "/link/", "/index.html", "//", "/%2e%2e/etc/passwd", "/LINK"]) {
    for (const method of ["GET", "POST"]) {
      const response = await ask(path, { method });
      assertEquals(response.status, 404, path);
      assertStringIncludes(await response.text(), "no such page");
    }
  }
});

Deno.test("other methods than GET and HEAD are refused with a list of these", async () => {
  for (const path of PATHS) {
    for (const method of METHODS) {
      const response = await ask(path, { method });
      assertEquals(response.status, 405);
      assertEquals(response.headers.get("allow"), "GET, HEAD");
      await response.body?.cancel();
    }
  }
});

Deno.test("a client that has the content gets 304 without a body", async () => {
  for (const path of [...KEPT, ...FILES]) {
    const first = await ask(path);
    const etag = first.headers.get("etag")!;
    await first.body?.cancel();
    for (const known of [etag, `W/${etag}`, `"other", ${etag}`, "*"]) {
      for (const method of ["GET", "HEAD"]) {
        const again = await ask(path, { method, headers: { "if-none-match": known } });
        assertEquals(again.status, 304, `${path} ${known}`);
        assertEquals(again.headers.get("etag"), etag);
        assertEquals(again.headers.get("cache-control"), first.headers.get("cache-control"));
        assertEquals(again.headers.get("content-length"), null);
        assertEquals((await again.bytes()).length, 0);
      }
    }
    const other = await ask(path, { headers: { "if-none-match": `"other"` } });
    assertEquals(other.status, 200);
    await other.body?.cancel();
  }
});

Deno.test("a changed link changes all content with the link, and its entity tags", async () => {
  const hub = shownHub();
  for (const path of KEPT) {
    const before = await ask(path, { hub });
    const etag = before.headers.get("etag")!;
    const changed = shownHub({ link: `${hub.link}|10.0.0.1~4711` });
    const after = await ask(path, { hub: changed, headers: { "if-none-match": etag } });
    assertEquals(after.status, 200);
    assertNotEquals(after.headers.get("etag"), etag);
    assertNotEquals(await after.bytes(), await before.bytes());
  }
});

Deno.test("browsers ask for page and pictures each time, and do not store live content", async () => {
  for (const path of [...KEPT, ...FILES]) {
    const { headers, body } = await ask(path);
    assertEquals(headers.get("cache-control"), "no-cache");
    await body?.cancel();
  }
  for (const path of LIVE) {
    const response = await ask(path, { headers: { "if-none-match": "*" } });
    assertEquals(response.status, 200);
    assertEquals(response.headers.get("cache-control"), "no-store");
    await response.body?.cancel();
  }
});

Deno.test("no answer can be framed or sniffed, and none sets a cookie", async () => {
  const failing = shownHub({ status: () => fail(), reportError: () => {} });
  const answers = [
    ...await Promise.all(PATHS.map((path) => ask(path))),
    await ask("/nowhere"),
    await ask("/", { method: "POST" }),
    await ask("/status", { hub: failing }),
  ];
  for (const { headers, body } of answers) {
    const policy = headers.get("content-security-policy")!;
    assert(policy.startsWith("default-src 'none'; "), policy);
    assertStringIncludes(policy, "frame-ancestors 'none'");
    assert(!/unsafe|\*|https?:|data:|blob:/.test(policy), policy);
    assertEquals(headers.get("x-content-type-options"), "nosniff");
    assertEquals(headers.get("referrer-policy"), "no-referrer");
    assertEquals(headers.get("cross-origin-resource-policy"), "same-origin");
    assertEquals(headers.get("set-cookie"), null);
    await body?.cancel();
  }
});

Deno.test("an error in the hub gets 500 without details, and is reported to the hub", async () => {
  const reported: unknown[] = [];
  const hub = shownHub({ status: () => fail(), reportError: (error) => reported.push(error) });
  const response = await ask("/status", { hub });
  assertEquals(response.status, 500);
  assertEquals(await response.text(), "Something went wrong in the hub.\n");
  const head = await ask("/status", { hub, method: "HEAD" });
  assertEquals([head.status, await head.text()], [500, ""]);
  assertEquals((await ask("/healthz", { hub })).status, 200);
  assertEquals(reported.map((error) => (error as Error).message), [SECRET, SECRET]);
});

Deno.test("a hub that serves no guests is not healthy, and says so", async () => {
  assertEquals(await text("/healthz"), "ok\n");
  const hub = shownHub({ serving: false });
  const response = await ask("/healthz", { hub });
  assertEquals([response.status, await response.text()], [503, "The hub serves no guests.\n"]);
  assertEquals((await ask("/link", { hub })).status, 200);
});

Deno.test("a link too long for any code is still answered as text", async () => {
  const hub = shownHub({ link: `https://kibitz.chat/?galaxy=${"x".repeat(3000)}` });
  const response = await ask("/qr.svg", { hub });
  assertEquals(response.status, 404);
  await response.body?.cancel();
  assertEquals(await text("/link", hub), `${hub.link}\n`);
});

Deno.test("/call is the call page on the hub's own computer, and leads to HTTPS elsewhere", async () => {
  for (const host of ["localhost:8080", "127.0.0.1:8080", "[::1]:8080"]) {
    const response = await handle(new Request(`http://${host}/call`), shownSite(), VISIT);
    assertEquals([response.status, await response.text()], [200, "<!doctype html>"]);
    assertEquals(response.headers.get("content-security-policy"), CALL_CSP);
  }
  const response = await handle(new Request("http://kbz-a.local:8080/call"), shownSite(), VISIT);
  assertEquals(response.status, 307);
  assertEquals(response.headers.get("location"), "https://kbz-a.local:8443/");
  assertEquals(response.headers.get("cache-control"), "no-store");
  const off = await handle(
    new Request("http://192.168.1.2:8080/call"),
    shownSite({ callPort: undefined }),
    VISIT,
  );
  assertEquals(off.status, 404);
  await off.body?.cancel();
});

Deno.test("over HTTPS / is the call page, and all other paths are the same", async () => {
  const secure = { ...VISIT, secure: true };
  const answer = (path: string) =>
    handle(new Request(`http://192.168.1.2:8443${path}`), shownSite(), secure);
  const first = await answer("/");
  assertEquals(await first.text(), "<!doctype html>");
  assertEquals(first.headers.get("strict-transport-security"), null);
  for (const path of PATHS.filter((path) => path !== "/" && path !== "/call/hub.json")) {
    assertEquals(await (await answer(path)).bytes(), await (await ask(path)).bytes(), path);
  }
});

Deno.test("files are compressed for clients that accept gzip, and plain for others", async () => {
  const plain = await (await ask("/call/main.js")).text();
  for (const encodings of ["gzip", "br, gzip;q=0.8", "deflate, gzip", "gzip; q=1"]) {
    const response = await ask("/call/main.js", { headers: { "accept-encoding": encodings } });
    assertEquals(response.headers.get("content-encoding"), "gzip");
    assertEquals(response.headers.get("vary"), "accept-encoding");
    const bytes = await response.bytes();
    assertEquals(response.headers.get("content-length"), String(bytes.length));
    assert(bytes.length < plain.length / 2);
    assertEquals(new TextDecoder().decode(gunzipSync(bytes)), plain);
  }
  for (const encodings of ["br", "gzip;q=0", "gzip; q=0.0", "identity", ""]) {
    const response = await ask("/call/main.js", { headers: { "accept-encoding": encodings } });
    assertEquals(response.headers.get("content-encoding"), null, encodings);
    await response.body?.cancel();
  }
});

Deno.test("a path never leaves the files of the page", async () => {
  for (const path of ["/call/", "/call/../main.ts", "/call/%2e%2e/main.ts", "/call//main.js"]) {
    const response = await ask(path);
    assertEquals(response.status, 404, path);
    await response.body?.cancel();
  }
});

Deno.test("hub.json has what the call page needs, and the address for guests", async () => {
  const describe = async (url: string, secure: boolean, given: Partial<Site> = {}) => {
    const site = shownSite(given);
    return await (await handle(new Request(url), site, { ...VISIT, secure })).json();
  };
  const { blob, link } = shownHub();
  assertEquals(await describe("http://192.168.1.2:8443/call/hub.json", true), {
    blob,
    link,
    door: "http://192.168.1.2:8080/",
    secure: "https://192.168.1.2:8443/",
  });
  assertEquals(await describe("http://localhost:8080/call/hub.json", false), {
    blob,
    link,
    door: "http://192.168.178.123:8080/",
    secure: "https://localhost:8443/",
  });
  const off = { httpPort: undefined, callPort: undefined };
  assertEquals(await describe("http://192.168.1.2:8443/call/hub.json", true, off), {
    blob,
    link,
    door: null,
    secure: null,
  });
});

Deno.test("a request for the hub's description begins the watch for checks", async () => {
  const checking: string[] = [];
  const site = shownSite({ checks: (client) => void checking.push(client) });
  for (const path of ["/", "/call/main.js", "/call/hub.json", "/link"]) {
    await (await handle(new Request(`http://a${path}`), site, VISIT)).body?.cancel();
  }
  assertEquals(checking, [VISIT.client]);
});

Deno.test("the page's code can lead into a room by its key, and nothing else is accepted", async () => {
  const read = async (query: string) => readQr(drawSvg(await text(`/door.svg${query}`)));
  const door = "http://192.168.178.123:8080/";
  assertEquals(await read("?room=the-cabin"), `${door}#the-cabin`);
  for (const room of ["", "The%20cabin", "a%2F..%2F", "x".repeat(41), "%22%3E%3Cscript%3E"]) {
    assertEquals(await read(`?room=${room}`), door);
  }
});

Deno.test("the page's code has the best address, and is missing if no phone can reach one", async () => {
  assertEquals(readQr(drawSvg(await text("/door.svg"))), "http://192.168.178.123:8080/");
  const hub = shownHub({ addresses: ADDRESSES.filter(({ host }) => /[a-z]/.test(host)) });
  const response = await ask("/door.svg", { hub });
  assertEquals(response.status, 404);
  await response.body?.cancel();
});

Deno.test("without its files the QR page still shows the link and its code", async () => {
  let reports = 0;
  const hub = shownHub({ reportError: () => reports++ });
  const site = shownSite({ hub, files: () => Promise.reject(new Error("no such folder")) });
  for (
    const [path, status] of [["/", 200], ["/link", 200], ["/qr.svg", 200], ["/call/a.js", 500]]
  ) {
    const response = await handle(new Request(`http://a${path}`), site, VISIT);
    assertEquals(response.status, status, String(path));
    await response.body?.cancel();
  }
  assertEquals(reports, 1);
});

const SECRET = "secret detail at /home/someone/relay-state.json";

function fail(): never {
  throw new Error(SECRET);
}
