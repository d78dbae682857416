/**
 * How tests start Chromium: quiet on the network, with root's permission, and with patience.
 *
 * @module
 */

import puppeteer, { type Browser, type Page } from "puppeteer-core";

/** Where Debian has it. */
export const CHROMIUM = "/usr/bin/chromium";

/** Flags for every Chromium under test. */
export const CHROMIUM_FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--disable-dev-shm-usage",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--no-first-run",
];

/**
 * How long the browser may take to start, to load a page, or to show what a test waits for. A slow
 * machine that does other things at the same time needs it; no test is about this time.
 */
const PATIENCE_MS = 120_000;

/** Starts Chromium, with more flags if a test needs them. */
export async function launchChromium(flags: readonly string[] = []): Promise<Browser> {
  return await puppeteer.launch({
    executablePath: CHROMIUM,
    args: [...CHROMIUM_FLAGS, ...flags],
    timeout: PATIENCE_MS,
    protocolTimeout: 2 * PATIENCE_MS,
  });
}

/** Opens an empty page that waits with patience. */
export async function openPage(browser: Browser): Promise<Page> {
  const page = await browser.newPage();
  page.setDefaultTimeout(PATIENCE_MS);
  return page;
}
