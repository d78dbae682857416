/**
 * The QR page in Chromium: printed on one sheet, on screens of all widths, and after a change of
 * the link. Chromium also reads the pictures, so that what it shows is what a phone would scan.
 */

import puppeteer, { type Browser, type Page } from "puppeteer-core";
import { startQrPage } from "../../http/server.ts";
import { assert, assertEquals, assertStringIncludes } from "../assert.ts";
import { CHROMIUM_FLAGS } from "../chromium.ts";
import { type Bitmap, readQr, REALISTIC_LINK } from "../unit/support/qr_reader.ts";
import { ADDRESSES, type FakeHub, shownHub } from "../unit/support/shown_hub.ts";

const CHROMIUM = "/usr/bin/chromium";
const LOAD_DEADLINE_MS = 60_000;

/** The longest that a hub shows: eight endpoints. */
const LONGEST: Partial<FakeHub> = {
  link: `${REALISTIC_LINK}|10.200.100.200~4711|10.201.100.200~4711|` +
    "a-rather-long-name-for-a-hub-in-a-school.local~4711",
  addresses: [
    ...ADDRESSES,
    { host: "10.200.100.200", remark: "eth0 · a private network", reachable: true },
    { host: "10.201.100.200", remark: "eth1 · a private network", reachable: true },
    {
      host: "a-rather-long-name-for-a-hub-in-a-school.local",
      remark: "given by --advertise",
      reachable: true,
    },
  ],
};

/** A hub that no phone can reach has a notice on its page. */
const ALONE: Partial<FakeHub> = {
  addresses: [{ host: "127.0.0.1", remark: "only this computer can reach it", reachable: false }],
};

const hasChromium = await Deno.stat(CHROMIUM).then(() => true, () => false);
if (!hasChromium) console.log(`${CHROMIUM} is missing: the page is not looked at in a browser.`);

/** A test with the page in a browser of its own. */
function pageTest(
  name: string,
  given: Partial<FakeHub>,
  run: (page: Page, hub: FakeHub, url: string) => Promise<void>,
): void {
  Deno.test({
    name,
    ignore: !hasChromium,
    // Puppeteer's timers run on after its browser has gone.
    sanitizeOps: false,
    sanitizeResources: false,
    async fn() {
      const hub = shownHub(given);
      const server = await startQrPage({ hub, port: 0 });
      let browser: Browser | undefined;
      try {
        browser = await puppeteer.launch({
          executablePath: CHROMIUM,
          args: CHROMIUM_FLAGS,
          timeout: LOAD_DEADLINE_MS,
        });
        const page = await browser.newPage();
        const url = `http://127.0.0.1:${server.port}/`;
        await page.goto(url, { waitUntil: "load", timeout: LOAD_DEADLINE_MS });
        await run(page, hub, url);
      } finally {
        await browser?.close();
        await server.stop();
      }
    },
  });
}

/** Has the browser decode a picture of any kind that it knows. */
async function decodePicture(page: Page, url: string): Promise<Bitmap> {
  const { width, height, dark } = await page.evaluate(`(async () => {
    const picture = await createImageBitmap(await (await fetch(${JSON.stringify(url)})).blob());
    const canvas = new OffscreenCanvas(picture.width, picture.height);
    const context = canvas.getContext("2d");
    context.drawImage(picture, 0, 0);
    const { data, width, height } = context.getImageData(0, 0, canvas.width, canvas.height);
    let dark = "";
    for (let i = 0; i < data.length; i += 4) {
      dark += data[i] + data[i + 1] + data[i + 2] < 384 && data[i + 3] > 127 ? "1" : "0";
    }
    return { width, height, dark };
  })()`) as { width: number; height: number; dark: string };
  return { width, height, pixels: Uint8Array.from(dark, Number) };
}

/** What a phone's camera reads off a part of the page. */
async function scan(page: Page, selector: string): Promise<string | undefined> {
  const element = await page.$(selector);
  const picture = await element!.screenshot({ encoding: "base64" });
  // The page's policy lets it load nothing, so another one looks at the picture.
  const other = await page.browser().newPage();
  try {
    return readQr(await decodePicture(other, `data:image/png;base64,${picture}`), 1);
  } finally {
    await other.close();
  }
}

for (const [what, given] of [["usual", {}], ["longest", LONGEST], ["lonely", ALONE]] as const) {
  pageTest(`the ${what} page prints on one sheet of A4 and of Letter`, given, async (page) => {
    for (const [format, height] of [["A4", 842], ["Letter", 792]] as const) {
      const file = new TextDecoder("latin1").decode(await page.pdf({ format }));
      const sheets = [...file.matchAll(/\/Type\s*\/Page(?!s)/g)];
      assertEquals(sheets.length, 1, format);
      const [, box] = file.match(/\/MediaBox\s*\[\s*([^\]]*)\]/)!;
      assertEquals(Math.round(Number(box.trim().split(/\s+/)[3])), height, format);
    }
  });

  pageTest(
    `the ${what} page fits screens from 320 px, dark and light`,
    given,
    async (page, hub) => {
      for (const value of ["light", "dark"]) {
        await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value }]);
        for (const width of [320, 375, 768, 1280, 1920]) {
          await page.setViewport({ width, height: 800 });
          const wide = await page.evaluate("document.documentElement.scrollWidth");
          assertEquals(wide, width, `scrolls sideways at ${width} px`);
          // A screen of 320 px shows more pixels than that; here two for each.
          await page.setViewport({ width, height: 800, deviceScaleFactor: 2 });
          assertEquals(await scan(page, ".code"), hub.link, `at ${width} px, ${value}`);
        }
      }
    },
  );
}

pageTest("the printed code reads as the link", {}, async (page, hub) => {
  await page.setViewport({ width: 794, height: 1123, deviceScaleFactor: 2 });
  await page.emulateMediaType("print");
  assertEquals(await scan(page, ".code"), hub.link);
  const shown = await page.evaluate("document.body.innerText") as string;
  assertStringIncludes(shown, hub.link);
  assert(!shown.includes(hub.addresses[0].remark), "addresses are on the poster");
});

pageTest("the PNG reads as the link", {}, async (page, hub) => {
  assertEquals(readQr(await decodePicture(page, "/qr.png"), 1), hub.link);
});

pageTest("the SVG is a picture by itself and reads as the link", {}, async (page, hub, url) => {
  await page.setViewport({ width: 800, height: 800 });
  await page.goto(`${url}qr.svg`);
  assertEquals(await scan(page, "svg"), hub.link);
});

pageTest(
  "the page loads nothing and breaks no policy of its own",
  {},
  async (page, _hub, url) => {
    const asked: string[] = [];
    const complaints: string[] = [];
    page.on("request", (request) => asked.push(request.url()));
    page.on("pageerror", (error) => complaints.push(String(error)));
    page.on("console", (message) => complaints.push(message.text()));
    await page.reload({ waitUntil: "load" });
    await page.waitForRequest(`${url}link`, { timeout: 30_000 });
    // A browser asks for an icon by itself, and there is none.
    const icon = `${url}favicon.ico`;
    assertEquals(
      new Set(asked.filter((address) => address !== icon)),
      new Set([url, `${url}link`]),
    );
    assertEquals(complaints.filter((text) => !text.includes("404")), []);
    const accent = await page.evaluate("getComputedStyle(document.querySelector('main')).display");
    assertEquals(accent, "grid"); // the style is applied, so its hash was right
  },
);

pageTest("a changed link is on the page without a reload by hand", {}, async (page, hub) => {
  hub.link = "https://kibitz.chat/?galaxy=g1|u|p|f|10.0.0.2~4711";
  await page.waitForFunction(
    `document.querySelector(".link")?.textContent === ${JSON.stringify(hub.link)}`,
    { timeout: 60_000 },
  );
  assertEquals(await scan(page, ".code"), hub.link);
});

pageTest("an unchanged link does not reload the page", {}, async (page, _hub, url) => {
  await page.evaluate("globalThis.still = true");
  for (let i = 0; i < 2; i++) await page.waitForResponse(`${url}link`, { timeout: 30_000 });
  assertEquals(await page.evaluate("globalThis.still"), true);
});
