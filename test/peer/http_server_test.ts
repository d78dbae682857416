/**
 * The QR page over real TCP, and in a real browser where there is one.
 */

import puppeteer from "puppeteer-core";
import { startQrPage } from "../../http/server.ts";
import { assert, assertEquals, assertRejects, assertStringIncludes } from "../assert.ts";

const ADDRESSES = [{
  host: "192.168.1.7",
  remark: "wlan0 · most likely your Wi-Fi",
  reachable: true,
}];
const LONG_LINK = "https://kibitz.chat/?galaxy=g2|wbxlanhub01|774B1GNZgs48OidH45A7DZx|" +
  "iMQvZo7x61ukUXjDvSJnKmr3PFy6iDvHSa9XV3mb_kA|3478,wblan,Sp64SHsXMZOdzT6rgYcF|" +
  "192.168.178.142~4711|10.142.110.101~4711|raspberrypi.local~4711|kbz-wbxlanhu.local~4711";

function relay(link = LONG_LINK) {
  return { link, addresses: ADDRESSES, status: () => ({} as never) };
}

/** Sends bytes as they are and reads until the server has said something or hung up. */
async function raw(port: number, request: string): Promise<string> {
  using connection = await Deno.connect({ hostname: "127.0.0.1", port });
  await connection.write(new TextEncoder().encode(request));
  const buffer = new Uint8Array(4096);
  const length = await connection.read(buffer).catch(() => null);
  return new TextDecoder().decode(buffer.subarray(0, length ?? 0));
}

Deno.test("the page is served over TCP", async () => {
  const page = await startQrPage({ relay: relay(), port: 0 });
  const response = await fetch(`http://127.0.0.1:${page.port}/link`);
  assertEquals(await response.text(), `${LONG_LINK}\n`);
  await page.stop();
});

Deno.test("a port that is taken rejects, and says so by its class", async () => {
  const page = await startQrPage({ relay: relay(), port: 0 });
  await assertRejects(
    () => startQrPage({ relay: relay(), port: page.port }),
    Deno.errors.AddrInUse,
  );
  await page.stop();
});

Deno.test("stopping cuts connections that are held open and frees the port", async () => {
  const { port, stop } = await startQrPage({ relay: relay(), port: 0 });
  using idle = await Deno.connect({ hostname: "127.0.0.1", port });
  using half = await Deno.connect({ hostname: "127.0.0.1", port });
  await idle.write(new TextEncoder().encode("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"));
  await idle.read(new Uint8Array(4096));
  await half.write(new TextEncoder().encode("GET / HTTP/1.1\r\nHo"));
  await stop();
  const again = await startQrPage({ relay: relay(), port });
  await again.stop();
});

Deno.test("requests that are none do not end the server", async () => {
  const { port, stop } = await startQrPage({ relay: relay(), port: 0 });
  const nonsense = [
    "\r\n\r\n",
    "GET /\r\n\r\n",
    "TRACE / HTTP/1.1\r\nHost: x\r\n\r\n",
    `GET /${"a".repeat(100_000)} HTTP/1.1\r\nHost: x\r\n\r\n`,
    "GET http://elsewhere/ HTTP/1.1\r\nHost: x\r\n\r\n",
    "GET /%ff%00 HTTP/1.1\r\nHost: \x00\r\n\r\n",
    "\x16\x03\x01\x00\xa5\x01\x00\x00\xa1",
  ];
  for (const request of nonsense) await raw(port, `${request}`).catch(() => {});
  assertStringIncludes(
    await raw(port, "GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"),
    "200 OK",
  );
  await stop();
});

const CHROMIUM = "/usr/bin/chromium";
const hasChromium = await Deno.stat(CHROMIUM).then(() => true, () => false);
if (!hasChromium) console.log(`${CHROMIUM} is missing: the page is not looked at in a browser.`);

Deno.test({
  name: "in a browser the page fits 320 px, prints on one sheet, and follows a new link",
  ignore: !hasChromium,
  sanitizeOps: false,
  sanitizeResources: false,
  async fn() {
    const shown = relay();
    const server = await startQrPage({ relay: shown, port: 0 });
    const browser = await puppeteer.launch({
      executablePath: CHROMIUM,
      args: ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-sync"].concat([
        "--disable-background-networking",
        "--disable-component-update",
      ]),
    });
    try {
      const page = await browser.newPage();
      const complaints: string[] = [];
      page.on("console", (message) => complaints.push(message.text()));
      page.on("pageerror", (error) => complaints.push(String(error)));
      await page.goto(`http://127.0.0.1:${server.port}/`);
      for (const width of [320, 768, 1280]) {
        await page.setViewport({ width, height: 800 });
        assertEquals(await page.evaluate("document.documentElement.scrollWidth"), width);
      }
      for (const format of ["A4", "Letter"] as const) {
        const pdf = new TextDecoder("latin1").decode(await page.pdf({ format }));
        assertEquals(pdf.match(/\/Type\s*\/Page\b(?!s)/g)?.length, 1, `${format} is one sheet`);
      }
      shown.link = "https://kibitz.chat/?galaxy=another";
      await page.waitForFunction(
        `document.querySelector(".link")?.textContent.endsWith("another")`,
        { timeout: 30_000 },
      );
      // The favicon that a browser asks for by itself is not there.
      assert(complaints.every((text) => text.includes("404")), complaints.join());
    } finally {
      await browser.close();
      await server.stop();
    }
  },
});
