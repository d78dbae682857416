/**
 * A person in front of the hub's call page, in a browser with an empty profile.
 *
 * @module
 */

import type { CallCommands, CallState } from "../../http/call/state.ts";
import { Browser, type BrowserKind } from "./browser.ts";
import { eventually } from "../support/waiting.ts";
import type { Host, Lan } from "./network.ts";

/** Small pictures: the machine that runs the tests encodes and decodes those of everybody. */
export const CHROMIUM_DEVICES = [
  "--use-fake-device-for-media-stream=fps=5",
  "--use-fake-ui-for-media-stream",
  "--auto-select-desktop-capture-source=Entire screen",
  "--screen-info={1920x1080}",
];

/** Small windows, because they are drawn without a graphics card. */
const WINDOW: Record<BrowserKind, readonly string[]> = {
  chromium: ["--window-size=480,400"],
  firefox: ["--width=480", "--height=400"],
};

/** A page that does not answer a question within this time hangs. */
const ANSWER_MS = 30_000;

/** What the page shows of somebody, and what arrives. */
export interface SeenPerson {
  readonly key: string;
  readonly name: string;
  readonly kind: string;
  readonly link: string;
  readonly muted?: boolean;
  readonly picture: string;
  readonly handRaised: boolean;
  readonly safety?: string;
  readonly pictures: number;
  readonly width: number;
  readonly height: number;
  readonly sound: number;
  readonly energy: number;
  readonly lost: number;
  readonly codec?: string;
  readonly sentHeight?: number;
  readonly local?: string;
  readonly remote?: string;
}

/** The page's state as JSON, and how many offers it has made. */
export type PageState = CallState & {
  readonly offers: number;
  readonly connections: readonly string[];
};

/** How a page is opened. */
export interface VisitOptions {
  readonly flags?: readonly string[];
  readonly room?: string;
  /** Begin at the QR page and tap through, instead of at the call page's own address. */
  readonly atTheDoor?: boolean;
}

/** Somebody with the call page open. */
export class CallGuest implements AsyncDisposable {
  private constructor(
    readonly kind: BrowserKind,
    readonly name: string,
    readonly browser: Browser,
    readonly tab: number,
  ) {}

  /** Starts a browser on `host` and opens the page of the hub. */
  static async open(
    lan: Lan,
    host: Host,
    kind: BrowserKind,
    name: string,
    { flags = CHROMIUM_DEVICES, room = "", atTheDoor = false }: VisitOptions = {},
  ): Promise<CallGuest> {
    const browser = await Browser.start(lan, host, kind, {
      flags: [...WINDOW[kind], ...kind === "chromium" ? flags : []],
    });
    try {
      const { address } = lan.hub;
      const page = atTheDoor ? `http://${address}:8080/` : `https://${address}:8443/`;
      return await CallGuest.#visit(browser, kind, name, room === "" ? page : `${page}#${room}`);
    } catch (error) {
      await browser[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Opens the page once more, in another tab of the same browser. */
  another(lan: Lan, name: string): Promise<CallGuest> {
    return CallGuest.#visit(this.browser, this.kind, name, `https://${lan.hub.address}:8443/`);
  }

  static async #visit(
    browser: Browser,
    kind: BrowserKind,
    name: string,
    url: string,
  ): Promise<CallGuest> {
    const tab = await browser.call({ call: "visit", url }) as number;
    const guest = new CallGuest(kind, name, browser, tab);
    await eventually("the call in the page", 20_000, async () => {
      if (await guest.evaluate("return globalThis.kibitzCall !== undefined")) return true;
      const shown = "return [location.href, document.body?.innerText, globalThis.peek?.errors]";
      throw new Error(JSON.stringify(await guest.evaluate(shown)));
    });
    await browser.call({ call: "fill", tab, selector: "#own-name", text: name });
    return guest;
  }

  /** Runs code in the page, as the body of an async function. */
  async evaluate(code: string): Promise<unknown> {
    try {
      return await this.browser.call({ call: "evaluate", tab: this.tab, code }, ANSWER_MS);
    } catch (error) {
      throw new Error(`${this.name} (${this.kind}): ${(error as Error).message}`);
    }
  }

  /** Gives the call a command. */
  async do<Command extends keyof CallCommands>(
    command: Command,
    ...args: Parameters<CallCommands[Command]>
  ): Promise<void> {
    const list = args.map((arg) => JSON.stringify(arg)).join(", ");
    await this.evaluate(`globalThis.kibitzCall.${command}(${list})`);
  }

  /** Joins as a person does, who has allowed the devices before. */
  async join(): Promise<void> {
    await this.do("askDevices");
    await this.until(
      "an answer for the devices",
      30_000,
      ({ me }) =>
        !me.mic.asking && !me.cam.asking && me.mic.live !== (me.mic.problem !== undefined),
    );
    await this.browser.call({ call: "click", tab: this.tab, selector: "button.join" });
    await this.until("the call", 20_000, ({ phase }) => phase === "call");
  }

  async state(): Promise<PageState> {
    return await this.evaluate("return globalThis.peek.state()") as PageState;
  }

  async people(): Promise<SeenPerson[]> {
    return await this.evaluate(
      "return await globalThis.peek.people()",
    ) as SeenPerson[];
  }

  async person(name: string): Promise<SeenPerson> {
    const people = await this.people();
    const found = people.find((person) => person.name === name);
    if (found === undefined) {
      throw new Error(
        `${this.name} does not see ${name}, but ${JSON.stringify(people)}`,
      );
    }
    return found;
  }

  /** Waits for a state. */
  async until(
    what: string,
    deadlineMs: number,
    holds: (state: PageState) => boolean,
  ): Promise<PageState> {
    return await eventually(
      `${what} at ${this.name} (${this.kind})`,
      deadlineMs,
      async () => {
        const state = await this.state();
        if (holds(state)) return state;
        throw new Error(JSON.stringify(state));
      },
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.browser[Symbol.asyncDispose]();
  }
}

/** Waits until all see and hear all others, and nobody else. */
export async function untilAllSeeAll(
  guests: readonly CallGuest[],
  deadlineMs: number,
  others: readonly string[] = [],
): Promise<void> {
  await eventually("pictures and sound of all at all", deadlineMs, async () => {
    for (const guest of guests) {
      const people = await guest.people();
      const wanted = guests.filter((other) => other !== guest).map(({ name }) => name);
      const complete = people.every(({ link, pictures, sound }) =>
        link === "connected" && pictures > 0 && sound > 0
      );
      const names = people.map(({ name }) => name).sort().join();
      if (!complete || names !== [...wanted, ...others].sort().join()) {
        throw new Error(
          `${guest.name} (${guest.kind}) sees ${JSON.stringify(people)}`,
        );
      }
    }
    return true;
  });
}
