/**
 * Every view of the call page in Chromium, with a fake call behind it: axe-core finds nothing, in
 * light and in dark, and names that attack do not get through.
 *
 * @module
 */

/// <reference lib="dom" />

import { assert, assertEquals } from "@std/assert";
import axe from "axe-core";
import type { Browser, Page } from "puppeteer-core";
import { launchChromium, openPage } from "../support/chromium.ts";
import { SCENES } from "../support/views_scenes.ts";
import { serveViews, type ViewsServer } from "../support/views_server.ts";

/** A phone, where panels lie over the tiles, and a window, where they stand beside them. */
const SIZES = [
  { width: 390, height: 844, isMobile: true, hasTouch: true },
  { width: 1280, height: 800 },
];

interface Finding {
  readonly id: string;
  readonly nodes: readonly {
    readonly target: readonly string[];
    readonly failureSummary: string;
  }[];
}

async function withViews(
  examine: (browser: Browser, server: ViewsServer) => Promise<void>,
): Promise<void> {
  await using server = await serveViews();
  const browser = await launchChromium();
  try {
    await examine(browser, server);
  } finally {
    await browser.close();
  }
}

async function openViews(browser: Browser, url: string): Promise<Page> {
  const page = await openPage(browser);
  // The test's own script may run on the page; the page's own may not.
  await page.setBypassCSP(true);
  await page.goto(url);
  await page.waitForFunction("globalThis.show !== undefined");
  return page;
}

async function show(page: Page, scene: string): Promise<void> {
  await page.evaluate(
    (name) => (globalThis as unknown as Views).show(name, 4),
    scene,
  );
}

interface Views {
  show(scene: string, count: number): Promise<void>;
  axe: { run(options: unknown): Promise<{ violations: Finding[] }> };
  hacked?: boolean;
}

Deno.test("axe-core finds nothing on any view, in light and in dark", async (t) => {
  await withViews(async (browser, server) => {
    for (const viewport of SIZES) {
      for (const scheme of ["light", "dark"]) {
        const page = await openViews(browser, server.url);
        await page.setViewport(viewport);
        await page.emulateMediaFeatures([{
          name: "prefers-color-scheme",
          value: scheme,
        }]);
        await page.evaluate(axe.source);
        for (const scene of SCENES) {
          await t.step(
            `${scene}, ${viewport.width} wide, ${scheme}`,
            async () => {
              await show(page, scene);
              const violations = await page.evaluate(async () => {
                const { violations } = await (globalThis as unknown as Views)
                  .axe.run({
                    resultTypes: ["violations"],
                  });
                return violations.map(({ id, nodes }) =>
                  nodes.map(({ target, failureSummary }) => `${id}: ${target} ${failureSummary}`)
                );
              });
              assertEquals(violations.flat(), []);
            },
          );
        }
        await page.close();
      }
    }
  });
});

Deno.test("names, rooms and messages never become markup, links or a wider page", async () => {
  await withViews(async (browser, server) => {
    const page = await openViews(browser, server.url);
    await page.setViewport({ width: 320, height: 568 });
    for (const scene of ["hostile", "hostile-chat", "hostile-people"]) {
      await show(page, scene);
      const found = await page.evaluate(() => ({
        markup: document.querySelectorAll(
          "#page :is(b, i:not([class]), img:not(.code), script)",
        ).length,
        wide: document.documentElement.scrollWidth > innerWidth ||
          [...document.querySelectorAll(".panel-content, .messages")].some((
            element,
          ) => element.scrollWidth > element.clientWidth),
        badLinks: [...document.querySelectorAll("a[href]")].filter((link) =>
          !/^https?:/.test(link.getAttribute("href") ?? "")
        ).length,
        hacked: (globalThis as unknown as Views).hacked === true,
      }));
      assertEquals(found, {
        markup: 0,
        wide: false,
        badLinks: 0,
        hacked: false,
      }, scene);
    }
  });
});

Deno.test("everything that can be tapped on a phone is 48 pixels high or more", async () => {
  await withViews(async (browser, server) => {
    const page = await openViews(browser, server.url);
    await page.setViewport({
      width: 320,
      height: 568,
      isMobile: true,
      hasTouch: true,
    });
    for (const scene of SCENES) {
      await show(page, scene);
      const small = await page.evaluate(() =>
        [...document.querySelectorAll<HTMLElement>(
          "button, select, input, textarea",
        )]
          .filter((element) => element.checkVisibility({ visibilityProperty: true }))
          .filter((element) => !element.matches(".tile .choose"))
          .map((element) => ({ element, box: element.getBoundingClientRect() }))
          .filter(({ box }) => box.height < 48 || box.width < 44)
          .map(({ element, box }) => `${element.className} ${box.width}×${box.height}`)
      );
      assertEquals(small, [], scene);
    }
  });
});

for (const size of [100, 200]) {
  Deno.test(`no view is wider than the narrowest phone, with text of ${size} %`, async () => {
    await withViews((browser, server) => fitsNarrow(browser, server, size));
  });
}

async function fitsNarrow(browser: Browser, { url }: ViewsServer, size: number): Promise<void> {
  const page = await openViews(browser, url);
  await page.setViewport({ width: 320, height: 568, isMobile: true, hasTouch: true });
  await setTextSize(page, size);
  for (const language of ["en", "de", "fr", "es", "it", "pt"]) {
    await page.goto(`${url}?language=${language}`);
    await page.waitForFunction("globalThis.show !== undefined");
    for (const scene of SCENES) {
      await show(page, scene);
      const wide = await page.evaluate(() =>
        [...document.querySelectorAll<HTMLElement>(
          "#page, #page main, .panel-content, dialog[open]",
        )]
          .filter((element) =>
            element.scrollWidth >
              Math.min(element.clientWidth + 1, innerWidth)
          )
          .map((element) => `${element.className} ${element.scrollWidth}`)
      );
      assertEquals(wide, [], `${scene} in ${language}`);
    }
  }
}

/** Sets the browser's own size of text, in percent of the usual one. */
async function setTextSize(page: Page, percent: number): Promise<void> {
  const session = await page.createCDPSession();
  const fontSizes = { standard: 16 * percent / 100, fixed: 13 * percent / 100 };
  await session.send("Page.setFontSizes", { fontSizes });
}

const PHONES = [[320, 568], [568, 320]] as const;

for (const [width, height] of PHONES) {
  Deno.test(`on a phone of ${width}×${height}, everything that can be tapped can be reached`, async () => {
    await withViews(async (browser, server) => {
      const page = await openViews(browser, server.url);
      await page.setViewport({ width, height, isMobile: true, hasTouch: true });
      for (const scene of SCENES) {
        await show(page, scene);
        assertEquals(await page.evaluate(findUnreachable), [], scene);
      }
    });
  });
}

/** What no scrolling brings to light, of what lies on top. Runs in the page. */
function findUnreachable(): string[] {
  const panel = document.querySelector(".panel:not([hidden])");
  const top = document.querySelector("dialog[open]") ?? panel ?? document;
  const canBeHit = (element: Element) =>
    (["center", "start", "end"] as const).some((block) => {
      element.scrollIntoView({ block, behavior: "instant" });
      return [...element.getClientRects()].some((box) => {
        const hit = document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2);
        return hit !== null && element.contains(hit);
      });
    });
  return [...top.querySelectorAll("button:not(.choose), select, input, textarea, a[href]")]
    .filter((element) => element.checkVisibility({ visibilityProperty: true }))
    .filter((element) => !canBeHit(element))
    .map((element) => `${element.className} ${element.textContent}`);
}

Deno.test("the call can be joined, used and left with the keyboard alone", async () => {
  await withViews(async (browser, server) => {
    const page = await openViews(browser, server.url);
    await page.setViewport({ width: 1280, height: 800 });
    const focused = () =>
      page.evaluate(() => {
        const { activeElement: element } = document;
        return element?.getAttribute("aria-label") ?? element?.textContent ??
          "";
      });
    const tabTo = async (label: string) => {
      for (let presses = 0; presses < 60; presses++) {
        await page.keyboard.press("Tab");
        if ((await focused()).startsWith(label)) return;
      }
      throw new Error(`Tab never came to ${label}`);
    };
    const asked = () =>
      page.evaluate(() => (globalThis as unknown as { fake: { asked: string[] } }).fake.asked);

    await show(page, "mirror");
    await tabTo("Join");
    await page.keyboard.press("Enter");
    assert((await asked()).includes("join()"));
    await page.keyboard.press("m");
    assert((await asked()).includes("setMic(false)"));
    await page.keyboard.down("Space");
    await page.keyboard.up("Space");
    assertEquals((await asked()).slice(-2), [
      "pushToTalk(true)",
      "pushToTalk(false)",
    ]);
    await tabTo("Chat");
    await page.keyboard.press("Enter");
    await page.keyboard.type("Hello");
    await page.keyboard.press("Enter");
    assert((await asked()).some((command) => command.startsWith('say("Hello"')));
    await page.keyboard.press("Escape");
    assertEquals(await focused(), "Chat");
    await tabTo("More");
    await page.keyboard.press("Enter");
    await page.keyboard.press("Escape");
    assertEquals(await focused(), "More");
    await tabTo("Leave");
    await page.keyboard.press("Enter");
    assert((await asked()).includes("leave()"));
    assertEquals(await focused(), "You have left the call");
  });
});

Deno.test("the back button closes what is open, then asks, and never ends the call by itself", async () => {
  await withViews(async (browser, server) => {
    const page = await openViews(browser, server.url);
    await page.setViewport({ width: 390, height: 844, isMobile: true, hasTouch: true });
    await show(page, "chat");
    const seen = (selector: string) =>
      page.waitForFunction(
        (wanted) => document.querySelector(wanted)?.checkVisibility() === true,
        {},
        selector,
      );
    const gone = (selector: string) =>
      page.waitForFunction(
        (wanted) => document.querySelector(wanted)?.checkVisibility() !== true,
        {},
        selector,
      );
    await seen(".panel");
    await page.evaluate(() => history.back());
    await gone(".panel");
    await page.evaluate(() => history.back());
    await seen(".question");
    await page.evaluate(() => history.back());
    await gone(".question");
    await page.evaluate(() => history.back());
    await seen(".question");
    await page.click(".question .primary");
    await gone(".question");
    await seen(".stage");
    // The page has gone back by itself for the question. A press before that would be lost.
    await page.waitForFunction(() => history.state === 1);
    await page.evaluate(() => history.back());
    await seen(".question");
    await page.click(".question .danger");
    await seen(".after");
  });
});
