/**
 * The QR page in Chromium: printed on one sheet, on screens of all widths, and after a change of
 * the link. Chromium also reads the pictures, so that what it shows is what a phone would scan.
 */

import axe from "axe-core";
import type { Browser, Page } from "puppeteer-core";
import type { Invite } from "../../http/door/page.ts";
import { makeCertificate } from "../../http/make_certificate.ts";
import { PagesServer } from "../../http/server.ts";
import { assert, assertEquals, assertStringIncludes } from "../support/assert.ts";
import { CHROMIUM, launchChromium, openPage } from "../support/chromium.ts";
import { type Bitmap, readQr, REALISTIC_LINK } from "../support/qr_reader.ts";
import { ADDRESSES, type FakeHub, shownHub } from "../support/shown_hub.ts";

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

const KEYS = await makeCertificate(["localhost"], Date.now());
/** Where phones find the page of {@link ADDRESSES}. */
const pageAddress = (url: string) => `http://192.168.178.123:${new URL(url).port}/`;

/** A test with the page in a browser of its own. */
function pageTest(
  name: string,
  given: Partial<FakeHub>,
  run: (page: Page, hub: FakeHub, url: string) => Promise<void>,
  invite: Invite = "site",
): void {
  Deno.test({
    name,
    ignore: !hasChromium,
    // Puppeteer's timers run on after its browser has gone.
    sanitizeOps: false,
    sanitizeResources: false,
    async fn() {
      const hub = shownHub(given);
      const server = new PagesServer({ hub, invite });
      const port = server.openHttp(0);
      server.openCall(0, KEYS);
      let browser: Browser | undefined;
      try {
        // By another name than localhost, as a guest: there the warning is announced.
        browser = await launchChromium(["--host-resolver-rules=MAP hub.lan 127.0.0.1"]);
        const page = await openPage(browser);
        const url = `http://hub.lan:${port}/`;
        await page.goto(url, { waitUntil: "load" });
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

/** How the browser lays out what a selector finds. */
function display(page: Page, selector: string): Promise<unknown> {
  return page.evaluate(`getComputedStyle(document.querySelector("${selector}")).display`);
}

/** What a phone's camera reads off a part of the page. */
async function scan(page: Page, selector: string): Promise<string | undefined> {
  const element = await page.$(selector);
  const picture = await element!.screenshot({ encoding: "base64" });
  // The page's policy lets it load nothing, so another one looks at the picture.
  const other = await openPage(page.browser());
  try {
    return readQr(await decodePicture(other, `data:image/png;base64,${picture}`), 1);
  } finally {
    await other.close();
  }
}

const LANGUAGES = ["en", "de", "fr", "es", "it", "pt"];
/** Sheets that a person may have, in millimetres. */
const SHEETS = [[210, 297], [148, 210], [216, 279]] as const;

for (
  const [what, given, invite] of [
    ["usual", {}, "site"],
    ["swapped", {}, "page"],
    ["longest", LONGEST, "site"],
    ["lonely", ALONE, "site"],
  ] as const
) {
  pageTest(
    `the ${what} page prints on one sheet of A4, A5 and Letter, upright and across`,
    given,
    async (page) => {
      for (const language of LANGUAGES) {
        await page.setExtraHTTPHeaders({ "accept-language": language });
        await page.reload({ waitUntil: "load" });
        for (const [short, long] of SHEETS) {
          for (const [width, height] of [[short, long], [long, short]]) {
            const pdf = await page.pdf({ width: `${width}mm`, height: `${height}mm` });
            const sheets = new TextDecoder("latin1").decode(pdf).match(/\/Type\s*\/Page(?!s)/g);
            assertEquals(sheets?.length, 1, `${width} × ${height} mm in ${language}`);
          }
        }
      }
    },
    invite,
  );

  pageTest(
    `the ${what} page fits screens from 320 px to 2560 px in every language`,
    given,
    async (page, _hub, url) => {
      for (const language of LANGUAGES) {
        await page.setExtraHTTPHeaders({ "accept-language": language });
        await page.goto(url, { waitUntil: "load" });
        for (const hash of ["", "#warning"]) {
          await page.evaluate(`location.hash = ${JSON.stringify(hash)}`);
          for (const width of [320, 390, 844, 1280, 2560]) {
            await page.setViewport({ width, height: 800 });
            const wide = await page.evaluate("document.documentElement.scrollWidth");
            assertEquals(wide, width, `${hash} in ${language} scrolls sideways at ${width} px`);
          }
        }
      }
    },
    invite,
  );

  pageTest(`axe-core finds nothing on the ${what} page`, given, async (page, _hub, url) => {
    for (const value of ["light", "dark"]) {
      await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value }]);
      for (const width of [320, 1280]) {
        await page.setViewport({ width, height: 800 });
        for (const hash of ["", "#warning"]) {
          await page.goto("about:blank");
          await page.goto(url + hash, { waitUntil: "load" });
          await page.evaluate(axe.source);
          const findings = await page.evaluate(`axe.run({ resultTypes: ["violations"] }).then(
            ({ violations }) => violations.flatMap(({ id, nodes }) =>
              nodes.map(({ target, failureSummary }) => id + ": " + target + " " + failureSummary)
            )
          )`);
          assertEquals(findings, [], `${hash} at ${width} px, ${value}`);
        }
      }
    }
  }, invite);
}

for (const invite of ["site", "page"] as const) {
  pageTest(
    `with --invite ${invite} both codes read right, on screens and on paper`,
    {},
    async (page, hub, url) => {
      const [large, small] = invite === "site"
        ? [hub.link, pageAddress(url)]
        : [pageAddress(url), hub.link];
      for (const value of ["light", "dark"]) {
        await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value }]);
        for (const width of [320, 768, 1920]) {
          // A screen of 320 px shows more pixels than that; here two for each.
          await page.setViewport({ width, height: 800, deviceScaleFactor: 2 });
          assertEquals(await scan(page, ".way.main img"), large, `at ${width} px, ${value}`);
          assertEquals(await scan(page, ".way:not(.main) img"), small, `at ${width} px, ${value}`);
        }
      }
      await page.setViewport({ width: 718, height: 1047, deviceScaleFactor: 2 });
      await page.emulateMediaType("print");
      assertEquals(await scan(page, ".poster .first"), large);
      assertEquals(await scan(page, ".poster .second img"), small);
      const shown = await page.evaluate("document.body.innerText") as string;
      assertStringIncludes(shown, "kibitz.chat");
      if (invite === "site") {
        assertStringIncludes(shown, pageAddress(url).replace(/^http:|\//g, ""));
      }
      assert(!shown.includes(hub.addresses[0].remark), "addresses are on the poster");
    },
    invite,
  );
}

pageTest("the way into the call is announced first, and one can go back", {}, async (page) => {
  await page.click(".way .button");
  await page.waitForSelector("#warning", { visible: true });
  assertEquals(await display(page, ".door"), "none");
  await page.waitForFunction("document.activeElement?.id === 'warning-title'");
  await page.click(".back");
  await page.waitForSelector(".door", { visible: true });
  assertEquals(await display(page, "#warning"), "none");
});

pageTest(
  "whoever comes back from the browser's warning is shown the way again",
  {},
  async (page) => {
    await page.click(".way .button");
    await page.waitForSelector("#go", { visible: true });
    assert(
      await page.$eval("#again", (sentence) => (sentence as unknown as { hidden: boolean }).hidden),
    );
    await Promise.all([page.waitForNavigation(), page.click("#go")]);
    assertStringIncludes(await page.content(), "ERR_CERT_AUTHORITY_INVALID");
    await page.goBack();
    await page.waitForSelector("#again", { visible: true });
    assertStringIncludes(page.url(), "#warning");
  },
);

pageTest("a hub that UDP does not reach is said, with what to do", {}, async (page) => {
  await page.waitForSelector("#reach[data-state=unreached]");
  const line = await page.$eval("#reach", (element) => element.textContent);
  assertStringIncludes(line!, "UDP");
  assertStringIncludes(line!, "4711");
});

pageTest("the SVG is a picture by itself and reads as the link", {}, async (page, hub, url) => {
  await page.setViewport({ width: 800, height: 800 });
  await page.goto(`${url}qr.svg`);
  assertEquals(await scan(page, "svg"), hub.link);
});

pageTest(
  "the page loads its own files once each and breaks no policy of its own",
  {},
  async (page, _hub, url) => {
    let asked: string[] = [];
    const complaints: string[] = [];
    page.on("request", (request) => {
      // What the page before the reload still asks for is not counted.
      if (request.isNavigationRequest()) asked = [];
      asked.push(request.url().replace(url, "/"));
    });
    page.on("pageerror", (error) => complaints.push(String(error)));
    page.on("console", (message) => complaints.push(message.text()));
    await page.reload({ waitUntil: "load" });
    await page.waitForRequest(`${url}link`);
    // The browser itself asks for the icon, and decides when and how often.
    const own = asked.slice(0, asked.indexOf("/link")).filter((path) => path !== "/call/icon.svg");
    assertEquals(
      own.sort(),
      ["/", "/call/door.css", "/call/door.js", "/call/hub.json", "/door.svg", "/qr.svg"],
    );
    assertEquals(complaints, []);
  },
);

pageTest("a changed link is on the page without a reload by hand", {}, async (page, hub) => {
  hub.link = "https://kibitz.chat/?galaxy=g1|u|p|f|10.0.0.2~4711";
  await page.waitForFunction(
    `document.querySelector(".link")?.textContent === ${JSON.stringify(hub.link)}`,
  );
  assertEquals(await scan(page, ".way.main img"), hub.link);
});

pageTest("an unchanged link does not reload the page", {}, async (page, _hub, url) => {
  await page.evaluate("globalThis.still = true");
  for (let i = 0; i < 2; i++) await page.waitForResponse(`${url}link`);
  assertEquals(await page.evaluate("globalThis.still"), true);
});
