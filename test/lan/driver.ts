/**
 * Runs on a guest host and drives one browser there: serves the guest page on `http://localhost` (a
 * secure context), starts Chromium or Firefox, and obeys commands on standard input, one JSON object a
 * line. It runs on the host because a browser's debugging port is reachable only from there.
 * Knows nothing of hub frames; those are `page/guest.js`.
 *
 *     {"n":1,"call":"open"}                          → {"n":1,"result":0}   a new tab, its number
 *     {"n":2,"call":"guest","tab":0,"method":"dial","args":[…]}
 *                                                    → {"n":2,"result":{…}} or {"n":2,"error":"…"}
 *     {"n":3,"call":"close","tab":0}                 → {"n":3,"result":null}
 *     {"n":4,"call":"fetch","url":"http://…"}        → {"n":4,"result":{"status":200,"body":"…"}}
 *     {"n":5,"call":"grant","permission":"…"}        → {"n":5,"result":null}   Chromium only
 *     {"n":6,"call":"kill"}                          → {"n":6,"result":null}   without a goodbye
 *     {"n":7,"call":"visit","url":"https://…"}       → {"n":7,"result":1}      a new tab, its number
 *     {"n":8,"call":"evaluate","tab":1,"code":"…"}   → {"n":8,"result":…}      of an async function
 *     {"n":9,"call":"click","tab":1,"selector":"…"}  → {"n":9,"result":null}
 *     {"n":10,"call":"fill","tab":1,"selector":"…","text":"…"}  → {"n":10,"result":null}
 *     {"n":11,"call":"press","tab":1,"key":"Tab"}    → {"n":11,"result":null}
 *     {"n":12,"call":"type","tab":1,"text":"…"}      → {"n":12,"result":null}   key by key
 *
 * Ends, with its browser, when standard input does.
 *
 * @module
 */

import { CHROMIUM_FLAGS } from "../support/chromium.ts";
import { TextLineStream } from "../support/text_lines.ts";
import { pause } from "../support/waiting.ts";
import puppeteer, { type Browser, type KeyInput, type Page } from "puppeteer-core";

/** What to start, as one JSON argument on the command line. */
export interface DriverOptions {
  readonly browser: "chrome" | "firefox";
  readonly executable: string;
  /** An empty directory for the profile. */
  readonly profile: string;
  readonly flags: readonly string[];
  /** Whether Chromium shall take the guest page for one on the public internet. */
  readonly publicPage: boolean;
}

interface Instruction {
  readonly n: number;
  readonly call:
    | "open"
    | "close"
    | "guest"
    | "fetch"
    | "grant"
    | "kill"
    | "visit"
    | "evaluate"
    | "click"
    | "fill"
    | "press"
    | "type";
  readonly tab?: number;
  readonly method?: string;
  readonly args?: readonly unknown[];
  readonly url?: string;
  readonly code?: string;
  readonly selector?: string;
  readonly text?: string;
  readonly key?: string;
  readonly permission?: string;
  /** Whether a visit ends at the door. */
  readonly stay?: boolean;
}

/** Firefox looks for the internet at start; there is none. */
const FIREFOX_PREFERENCES = {
  "network.captive-portal-service.enabled": false,
  "network.connectivity-service.enabled": false,
  "network.trr.mode": 5,
  "app.normandy.enabled": false,
  "browser.safebrowsing.update.enabled": false,
  // A camera and a microphone for calls, without asking anybody.
  "media.navigator.streams.fake": true,
  "media.navigator.permission.disabled": true,
  "media.navigator.video.default_fps": 5,
  "media.autoplay.default": 0,
};

/** How long the way to a page may take. The caller waits longer, so that it hears what was seen. */
const VISIT_MS = 100_000;
/** How long a step on the way may take before it is taken again. */
const STEP_MS = 20_000;
const LOOK_EVERY_MS = 100;

/** What stands in front of the person on the way, each with what it is known by. */
const VIEWS = {
  page: "#page",
  // Chromium's page for a certificate that it does not know, and the one for a network that fails.
  warning: "body.ssl #proceed-link",
  "network error": "body.neterror",
  door: 'a[href="#warning"]',
};

if (import.meta.main) await main(JSON.parse(Deno.args[0]));

async function main(options: DriverOptions): Promise<void> {
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, servePage);
  const origin = `http://localhost:${server.addr.port}/`;
  const browser = await launch(options, server.addr.port);
  const tabs: Page[] = [];
  reply({ n: 0, result: await browser.version() });

  const pending = new Set<Promise<void>>();
  const requests = Deno.stdin.readable
    .pipeThrough(new TextDecoderStream())
    .pipeThrough(new TextLineStream());
  for await (const line of requests) {
    const request: Instruction = JSON.parse(line);
    // Not awaited: a guest may wait for a frame while another tab is told to send it.
    const answer = perform(request, browser, tabs, origin).then(
      (result) => reply({ n: request.n, result: result ?? null }),
      (error) => reply({ n: request.n, error: String(error?.message ?? error) }),
    );
    pending.add(answer);
    answer.finally(() => pending.delete(answer));
  }
  await browser.close().catch(() => {});
  Deno.exit(0);
}

async function perform(
  request: Instruction,
  browser: Browser,
  tabs: Page[],
  origin: string,
): Promise<unknown> {
  switch (request.call) {
    case "open": {
      const page = await browser.newPage();
      await go(page, origin);
      return tabs.push(page) - 1;
    }
    case "close":
      return await tabs[request.tab ?? 0].close();
    case "guest":
      return await tabs[request.tab ?? 0].evaluate(
        (method, args) => {
          // deno-lint-ignore no-explicit-any -- the page's own object, known by the method's name
          const { guest } = globalThis as any;
          return guest[method](...args);
        },
        request.method ?? "",
        [...request.args ?? []],
      );
    case "fetch": {
      const response = await fetch(request.url ?? "", { signal: AbortSignal.timeout(5000) });
      return { status: response.status, body: await response.text() };
    }
    case "grant": {
      const session = await browser.target().createCDPSession();
      await session.send("Browser.setPermission", {
        origin,
        permission: { name: request.permission ?? "" },
        setting: "granted",
      });
      return null;
    }
    case "visit": {
      const page = await browser.newPage();
      await page.evaluateOnNewDocument(await pageScript("peek.js"));
      await (request.stay ? go : visit)(page, request.url ?? "");
      return tabs.push(page) - 1;
    }
    case "evaluate":
      // The page allows no eval of its own; the driver's goes past that.
      return await tabs[request.tab ?? 0].evaluate(`(async () => { ${request.code} })()`);
    case "click":
      return await tabs[request.tab ?? 0].locator(request.selector ?? "").click();
    case "fill":
      return await tabs[request.tab ?? 0].locator(request.selector ?? "").fill(request.text ?? "");
    case "press":
      return await tabs[request.tab ?? 0].keyboard.press(request.key as KeyInput);
    case "type":
      return await tabs[request.tab ?? 0].keyboard.type(request.text ?? "");
    case "kill": {
      const pid = browser.process()?.pid;
      if (pid === undefined) throw new Error("the browser has no process");
      // Puppeteer starts the browser as the leader of a group of its own, so this takes the
      // network process as well and nothing is left that could say goodbye.
      Deno.kill(-pid, "SIGKILL");
      return null;
    }
  }
}

async function look(page: Page): Promise<keyof typeof VIEWS | undefined> {
  try {
    for (const [view, selector] of Object.entries(VIEWS)) {
      if (await page.$(selector) !== null) return view as keyof typeof VIEWS;
    }
  } catch {
    // One page is giving way to the next.
  }
}

/** Returns what is there as soon as it is something else, or after {@link STEP_MS}. */
async function lookAgain(page: Page, before?: string): Promise<keyof typeof VIEWS | undefined> {
  const deadline = performance.now() + STEP_MS;
  for (;;) {
    const view = await look(page);
    if (view !== undefined && view !== before || performance.now() > deadline) return view;
    await pause(LOOK_EVERY_MS);
  }
}

/**
 * Opens an address. What comes instead, such as a warning, is not an error; whoever asked has to
 * look. A LAN that was made a moment ago is a network that has changed to Chromium, which then gives
 * up what it has just begun to load.
 */
async function go(page: Page, url: string): Promise<void> {
  const deadline = performance.now() + VISIT_MS;
  for (;;) {
    try {
      await page.goto(url, { waitUntil: "load" });
      return;
    } catch (error) {
      // Chromium calls its own warning a failure.
      if (String(error).includes("ERR_CERT")) return;
      if (performance.now() > deadline) throw error;
      await pause(LOOK_EVERY_MS);
    }
  }
}

/**
 * Goes to a page of the hub as a person does: from the door through what it announces, if the address
 * is the door's, and through the browser's warning. A step that does not lead on is taken again, as
 * a person would.
 */
async function visit(page: Page, url: string): Promise<void> {
  const deadline = performance.now() + VISIT_MS;
  const seen: string[] = [];
  await go(page, url);
  let view = await lookAgain(page);
  while (view !== "page") {
    seen.push(view ?? "nothing");
    if (performance.now() > deadline) {
      const text = await page.evaluate("document.body?.innerText.slice(0, 300)").catch(String);
      const title = await page.title().catch(String);
      throw new Error(
        `${url} did not lead to the call, but to “${title}” at ${page.url()}. ` +
          `On the way: ${seen.join(", ")}. The page says: ${text}`,
      );
    }
    try {
      await step(page, url, view);
    } catch (error) {
      seen.push(String(error));
    }
    view = await lookAgain(page, view);
  }
}

/** Does what leads on from there. */
async function step(
  page: Page,
  url: string,
  view: keyof typeof VIEWS | undefined,
): Promise<void> {
  switch (view) {
    case "door":
      await page.locator(VIEWS.door).click();
      return await page.locator("#go").click();
    case "warning":
      await page.bringToFront();
      // What Chromium's warning understands from somebody who knows what it does.
      return await page.keyboard.type("thisisunsafe", { delay: 20 });
    default:
      return await go(page, url);
  }
}

async function pageScript(name: string): Promise<string> {
  return await Deno.readTextFile(new URL(`page/${name}`, import.meta.url));
}

async function launch(options: DriverOptions, pagePort: number): Promise<Browser> {
  const common = {
    executablePath: options.executable,
    userDataDir: options.profile,
    env: { ...Deno.env.toObject(), HOME: options.profile, MOZ_DISABLE_CONTENT_SANDBOX: "1" },
    timeout: 60_000,
    protocolTimeout: 120_000,
  };
  if (options.browser === "chrome") {
    return await puppeteer.launch({
      ...common,
      browser: "chrome",
      args: [
        "--headless=new",
        ...CHROMIUM_FLAGS,
        ...options.publicPage ? [`--ip-address-space-overrides=127.0.0.1:${pagePort}=public`] : [],
        ...options.flags,
      ],
    });
  }
  return await puppeteer.launch({
    ...common,
    browser: "firefox",
    headless: true,
    // There is no way to tap through Firefox's warning from here.
    acceptInsecureCerts: true,
    args: [...options.flags],
    extraPrefsFirefox: FIREFOX_PREFERENCES,
  });
}

async function servePage(request: Request): Promise<Response> {
  const types: Record<string, [string, string]> = {
    "/": ["index.html", "text/html; charset=utf-8"],
    "/guest.js": ["guest.js", "text/javascript; charset=utf-8"],
    "/call.js": ["call.js", "text/javascript; charset=utf-8"],
  };
  const found = types[new URL(request.url).pathname];
  if (!found) return new Response("not found\n", { status: 404 });
  const [file, type] = found;
  const body = await Deno.readFile(new URL(`page/${file}`, import.meta.url));
  return new Response(body, { headers: { "content-type": type } });
}

function reply(message: { n: number; result?: unknown; error?: string }): void {
  const bytes = new TextEncoder().encode(JSON.stringify(message) + "\n");
  for (let sent = 0; sent < bytes.length;) sent += Deno.stdout.writeSync(bytes.subarray(sent));
}
