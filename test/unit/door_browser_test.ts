/** Recognizing browsers by their user agents. */

import { browserOf } from "../../http/door/browser.ts";
import { assertEquals } from "../support/assert.ts";

const IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 " +
  "(KHTML, like Gecko)";
const ANDROID = "Mozilla/5.0 (Linux; Android 13; SM-A536B) AppleWebKit/537.36 (KHTML, like Gecko)";
const WEBVIEW =
  "Mozilla/5.0 (Linux; Android 13; SM-A536B; wv) AppleWebKit/537.36 (KHTML, like Gecko)";
const MAC =
  "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko)";
const WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko)";

const BROWSERS: Readonly<
  Record<string, readonly [userAgent: string, warning: string]>
> = {
  "Chrome on Android": [
    `${ANDROID} Chrome/131.0.0.0 Mobile Safari/537.36`,
    "chromium",
  ],
  "Chrome on Windows": [
    `${WINDOWS} Chrome/131.0.0.0 Safari/537.36`,
    "chromium",
  ],
  "Chrome on an iPhone": [
    `${IPHONE} CriOS/131.0.6778.73 Mobile/15E148 Safari/604.1`,
    "chromium",
  ],
  "Safari on an iPhone": [
    `${IPHONE} Version/18.1 Mobile/15E148 Safari/604.1`,
    "safari",
  ],
  "Safari on a Mac, or an iPad": [
    `${MAC} Version/18.1 Safari/605.1.15`,
    "safari",
  ],
  "Firefox on Linux": [
    "Mozilla/5.0 (X11; Linux x86_64; rv:153.0) Gecko/20100101 Firefox/153.0",
    "firefox",
  ],
  "an older Firefox": [
    "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
    "old-firefox",
  ],
  "Firefox on Android": [
    "Mozilla/5.0 (Android 14; Mobile; rv:154.0) Gecko/154.0 Firefox/154.0",
    "android-firefox",
  ],
  "Firefox on an iPhone": [
    `${IPHONE} FxiOS/132.0 Mobile/15E148 Safari/605.1.15`,
    "ios-firefox",
  ],
  "Edge on Windows": [
    `${WINDOWS} Chrome/131.0.0.0 Safari/537.36 Edg/131.0.0.0`,
    "edge",
  ],
  "Edge on Android": [
    `${ANDROID} Chrome/131.0.0.0 Mobile Safari/537.36 EdgA/131.0.0.0`,
    "edge",
  ],
  "Edge on an iPhone": [
    `${IPHONE} Version/18.0 EdgiOS/131.0.2903.68 Mobile/15E148 Safari/604.1`,
    "edge",
  ],
  "Samsung Internet": [
    `${ANDROID} SamsungBrowser/27.0 Chrome/125.0.0.0 Mobile Safari/537.36`,
    "chromium",
  ],
  "nothing known": ["curl/8.5.0", "chromium"],
  "nothing at all": ["", "chromium"],
};

const WINDOWS_OF_APPS: Readonly<
  Record<string, readonly [userAgent: string, openIn: string]>
> = {
  "Facebook on an iPhone": [
    `${IPHONE} Mobile/22B83 [FBAN/FBIOS;FBAV/490.0.0]`,
    "Safari",
  ],
  "Instagram on an iPhone": [
    `${IPHONE} Mobile/22B83 Instagram 355.0.0 (iPhone15,3)`,
    "Safari",
  ],
  "any app's page on an iPhone": [`${IPHONE} Mobile/22B83`, "Safari"],
  "the window for a Wi-Fi's login, iPhone": [
    "CaptiveNetworkSupport-481.100.1 wispr",
    "Safari",
  ],
  "Facebook on Android": [
    `${WEBVIEW} Version/4.0 Chrome/131.0.0.0 Mobile Safari/537.36 [FB_IAB/FB4A;FBAV/490.0.0;]`,
    "Chrome",
  ],
  "any app's page on Android": [
    `${WEBVIEW} Version/4.0 Chrome/131.0.0.0 Mobile Safari/537.36`,
    "Chrome",
  ],
  "TikTok": [
    `${IPHONE} Mobile/22B83 musical_ly_37.0.0 BytedanceWebview/d8a21c6`,
    "Safari",
  ],
};

for (const [name, [userAgent, warning]] of Object.entries(BROWSERS)) {
  Deno.test(`${name} warns as ${warning} does, and is a browser of its own`, () => {
    assertEquals(
      browserOf(userAgent),
      { warning } as ReturnType<typeof browserOf>,
    );
  });
}

for (const [name, [userAgent, openIn]] of Object.entries(WINDOWS_OF_APPS)) {
  Deno.test(`${name} is left for ${openIn}`, () => {
    assertEquals(browserOf(userAgent).openIn, openIn);
  });
}

Deno.test("a user agent of any length is parsed quickly", () => {
  assertEquals(browserOf("FBAN".repeat(100_000)).openIn, "Chrome");
  assertEquals(browserOf("(".repeat(100_000)), { warning: "chromium" });
});
