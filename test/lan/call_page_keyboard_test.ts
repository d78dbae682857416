/**
 * From the QR page into the call and back into it with the keyboard alone, in Firefox. How Chromium
 * walks through the views is in `call_page_views_test.ts`.
 *
 * @module
 */

import { assertEquals } from "../support/assert.ts";
import { HubProcess } from "../support/hub_process.ts";
import { eventually } from "../support/waiting.ts";
import { Browser } from "./browser.ts";
import { createLan, namespacesAvailable } from "./network.ts";

const STEP_MS = 60_000;
/** More than there are places to go with the Tab key in any view. */
const MOST_PLACES = 60;

/** Notes what a page asks the browser for: each request is a question to the person. */
const COUNT_QUESTIONS = `
  const { mediaDevices } = navigator;
  const getUserMedia = mediaDevices.getUserMedia.bind(mediaDevices);
  globalThis.questions = [];
  mediaDevices.getUserMedia = (wish) => {
    questions.push(Object.keys(wish).filter((kind) => wish[kind]).sort().join());
    return getUserMedia(wish);
  };`;

/** Somebody who has no mouse. */
class Typist {
  constructor(private readonly browser: Browser, private readonly tab: number) {}

  /** Runs code in the page, as the body of an async function. */
  evaluate<T>(code: string): Promise<T> {
    return this.browser.call({ call: "evaluate", tab: this.tab, code }) as Promise<T>;
  }

  async press(key: string): Promise<void> {
    await this.browser.call({ call: "press", tab: this.tab, key });
  }

  async type(text: string): Promise<void> {
    await this.browser.call({ call: "type", tab: this.tab, text });
  }

  /** Waits until an expression is true in the page. */
  async until(what: string, expression: string): Promise<void> {
    await eventually(what, STEP_MS, async () => {
      if (await this.evaluate<boolean>(`return ${expression}`)) return true;
      const state = "JSON.stringify([globalThis.kibitzCall?.state.me, document.body.innerText])";
      throw new Error(await this.evaluate(`return ${state}`));
    });
  }

  /**
   * Goes on with the Tab key until the focus is there. It must not lie before the present one: beyond
   * the last place the focus leaves the document, and Firefox without a window does not give it back.
   */
  async tabTo(selector: string): Promise<void> {
    const places: string[] = [];
    const look = "const { activeElement: at } = document; return [at.outerHTML.slice(0, 120), " +
      `at.matches(${JSON.stringify(selector)})]`;
    while (places.length < MOST_PLACES) {
      await this.press("Tab");
      const [place, isThere] = await this.evaluate<[string, boolean]>(look);
      if (isThere) return;
      places.push(place);
    }
    throw new Error(`Tab never came to ${selector}, but to ${places.join("; ")}`);
  }

  /** Goes there with the Tab key and presses Enter. */
  async choose(selector: string): Promise<void> {
    await this.tabTo(selector);
    await this.press("Enter");
  }
}

Deno.test({
  name:
    "With the keyboard alone, one comes from the QR page into the call, uses it, and comes back",
  ignore: !await namespacesAvailable(),
  async fn() {
    await using lan = await createLan({ guests: 1, clientIsolation: true });
    await using _hub = await HubProcess.start(lan);
    await using browser = await Browser.start(lan, lan.guests[0], "firefox");
    const url = `http://${lan.hub.address}:8080/`;
    const tab = await browser.call({ call: "visit", url, stay: true }) as number;
    const ann = new Typist(browser, tab);
    const call = "globalThis.kibitzCall?.state";

    await ann.choose('a[href="#warning"]');
    await ann.until("the words about the warning", "document.activeElement.id === 'warning-title'");
    await ann.choose("#go");
    await ann.until("the call page", `${call} !== undefined`);

    await ann.evaluate(COUNT_QUESTIONS);
    await ann.choose(".actions .primary");
    await ann.until("the devices", `${call}.me.mic.live && ${call}.me.cam.live`);
    assertEquals(await ann.evaluate("return globalThis.questions"), ["audio,video"]);
    await ann.tabTo("#own-name");
    await ann.type("Ann");
    await ann.choose("button.join");
    await ann.until("the call", `${call}.phase === "call"`);
    assertEquals(await ann.evaluate(`return ${call}.me.name`), "Ann");

    await ann.press("m");
    await ann.until("mute", `!${call}.me.mic.on`);
    await ann.press("m");
    await ann.until("the microphone again", `${call}.me.mic.live`);

    const chat = ".bar-middle .bar-button:nth-child(4)";
    await ann.choose(chat);
    await ann.until("the line to write in", "document.activeElement.matches('textarea')");
    await ann.type("Hello");
    await ann.press("Enter");
    await ann.until("the message", `${call}.chat.messages.length === 1`);
    await ann.press("Escape");
    await ann.until("the chat's button", `document.activeElement.matches("${chat}")`);

    await ann.choose(".bar-button.leave");
    await ann.until("the end", `${call}.phase === "left"`);
    await ann.choose(".after .primary");
    await ann.until("the call again", `${call}.phase === "call"`);
    await ann.until("the microphone again", `${call}.me.mic.live`);
  },
});
