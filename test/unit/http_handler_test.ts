import { createHash } from "node:crypto";
import { handle, type ShownRelay } from "../../http/handler.ts";
import { escapeHtml, renderPage } from "../../http/page.ts";
import { assert, assertEquals, assertMatch, assertStringIncludes } from "../assert.ts";

const LINK = "https://kibitz.chat/?galaxy=g1|ufrag|pwd|fp|192.168.1.7~4711";
const STATUS = {
  version: "1.2.3",
  uptimeSeconds: 5,
  port: 4711,
  addresses: [{ host: "192.168.1.7", remark: "wlan0 · most likely your Wi-Fi", reachable: true }],
  discovery: true,
  guests: 2,
  rooms: 1,
  limits: { guests: 1024 },
  counters: { "frames-routed": 7 },
};
const RELAY: ShownRelay = { link: LINK, addresses: STATUS.addresses, status: () => STATUS };

function get(path: string, init: RequestInit = {}, relay = RELAY): Promise<Response> {
  return handle(new Request(`http://192.168.1.7:8080${path}`, init), relay);
}

const PAGES: [path: string, type: string][] = [
  ["/", "text/html; charset=utf-8"],
  ["/link", "text/plain; charset=utf-8"],
  ["/qr.svg", "image/svg+xml"],
  ["/qr.png", "image/png"],
  ["/healthz", "text/plain; charset=utf-8"],
  ["/status", "application/json"],
];

Deno.test("every page is there, with its type, and sets no cookie", async () => {
  for (const [path, type] of PAGES) {
    const response = await get(path);
    assertEquals([response.status, response.headers.get("content-type")], [200, type]);
    assertEquals(response.headers.get("set-cookie"), null);
    assertEquals(response.headers.get("x-content-type-options"), "nosniff");
    assertMatch(response.headers.get("content-security-policy")!, /^default-src 'none'; /);
    const { byteLength } = await response.arrayBuffer();
    assertEquals(response.headers.get("content-length"), String(byteLength));
  }
});

Deno.test("HEAD answers as GET does, without a body", async () => {
  for (const [path] of PAGES) {
    const [full, head] = [await get(path), await get(path, { method: "HEAD" })];
    assertEquals([...head.headers], [...full.headers]);
    assertEquals(head.status, 200);
    assertEquals(head.body, null);
    await full.body?.cancel();
  }
});

Deno.test("the link is the link and a newline", async () => {
  assertEquals(await (await get("/link")).text(), `${LINK}\n`);
  assertEquals(await (await get("/link?x=1")).text(), `${LINK}\n`);
});

Deno.test("health is ok, status is the relay's", async () => {
  assertEquals(await (await get("/healthz")).text(), "ok\n");
  assertEquals(await (await get("/status")).json(), STATUS);
});

Deno.test("other methods get 405 and the ones that are allowed, other paths 404", async () => {
  for (const method of ["POST", "PUT", "DELETE", "OPTIONS", "PATCH"]) {
    const response = await get("/link", { method });
    assertEquals([response.status, response.headers.get("allow")], [405, "GET, HEAD"]);
    assertEquals((await get("/nothing", { method })).status, 404);
  }
  for (const path of ["/link/", "/index.html", "/../etc/passwd", "//", "/LINK"]) {
    assertEquals((await get(path)).status, 404, path);
  }
  assertEquals((await get("/nothing", { method: "HEAD" })).body, null);
});

Deno.test("what the browser has already is not sent again, until the link changes", async () => {
  const first = await get("/qr.svg");
  await first.body?.cancel();
  const headers = { "if-none-match": first.headers.get("etag")! };
  const again = await get("/qr.svg", { headers });
  assertEquals([again.status, again.body], [304, null]);
  const changed = await get("/qr.svg", { headers }, { ...RELAY, link: `${LINK}0` });
  assertEquals(changed.status, 200);
  assertEquals(first.headers.get("cache-control"), "no-cache");
});

Deno.test("the page allows its own style and script and nothing else", async () => {
  const response = await get("/");
  const html = await response.text();
  const csp = response.headers.get("content-security-policy")!;
  for (const name of ["style", "script"]) {
    const content = new RegExp(`<${name}>([^]*?)</${name}>`).exec(html)![1];
    const hash = createHash("sha256").update(content).digest("base64");
    assertStringIncludes(csp, `${name}-src 'sha256-${hash}'`);
  }
  assert(!csp.includes("unsafe"));
  assertEquals(html.match(/ (style|on\w+)=/g), null);
  // The only address in the page is the link itself; an XML namespace is a name.
  const urls = html.replace(/xmlns="[^"]*"/g, "").match(/https?:\/\/[^\s"<]+/g)!;
  assertEquals([...new Set(urls)], [escapeHtml(LINK)]);
  assertEquals(html.match(/<(link|img|iframe|object)\b| src=/g), null);
});

Deno.test("nothing in a link or a remark can become markup", () => {
  const evil = `"><script>alert(1)</script>'&`;
  const html = renderPage({
    link: `https://x/?${evil}`,
    addresses: [{ host: evil, remark: evil, reachable: true }],
  });
  assertEquals(html.match(/<script>/g)?.length, 1);
  assert(!html.includes(evil));
});

Deno.test("a hub that no phone can reach says so on its page", () => {
  const address = { host: "127.0.0.1", remark: "no network", reachable: false };
  const page = (reachable: boolean) =>
    renderPage({ link: LINK, addresses: [{ ...address, reachable }] });
  assertStringIncludes(page(false), "No phone can reach this hub yet");
  assert(!page(true).includes("No phone can reach"));
});

Deno.test("an error inside is a bare 500", async () => {
  const broken: ShownRelay = {
    ...RELAY,
    status: () => {
      throw new Error("secret");
    },
  };
  const response = await get("/status", {}, broken);
  assertEquals(response.status, 500);
  assert(!(await response.text()).includes("secret"));
});
