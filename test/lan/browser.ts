/**
 * A browser on a guest host, as a test sees it: tabs that are guests of the hub. Speaks with
 * `driver.ts`, which runs on that host; `page/guest.js` has a guest's abilities.
 *
 * @module
 */

import type { DriverOptions } from "./driver.ts";
import type { Host, Lan } from "./network.ts";
import { TextLineStream } from "../support/text_lines.ts";

/** Browsers that the proof is made with. */
export type BrowserKind = "chromium" | "firefox";

const EXECUTABLES: Record<BrowserKind, readonly string[]> = {
  chromium: ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"],
  firefox: ["/usr/bin/firefox-esr", "/usr/bin/firefox"],
};
const START_DEADLINE_MS = 90_000;
const REPO = new URL("../../", import.meta.url);
let profilesMade = 0;

/** When the things happened that lead to a guest's id, in milliseconds since before the offer. */
export interface Dialled {
  readonly id: number;
  readonly offerToIdMs: number;
  readonly times: Readonly<Record<string, number>>;
}

/** A payload that came from another guest. `bytes` is the size of the whole message. */
export interface Received<T> {
  readonly id: number;
  readonly payload: T;
  readonly bytes: number;
}

/** A running browser; disposing of it closes it. */
export class Browser implements AsyncDisposable {
  #child: Deno.ChildProcess;
  #input: ReturnType<Deno.ChildProcess["stdin"]["getWriter"]>;
  #calls = new Map<number, { resolve(result: unknown): void; reject(error: Error): void }>();
  #count = 0;
  #reading: Promise<void>;
  #errors = "";
  /** Name and version as the browser itself says them. */
  version = "";

  /**
   * Starts a browser on `host` and waits until it is there.
   *
   * @param options `publicPage` makes Chromium take the guest page for one on the public internet.
   */
  static async start(
    lan: Lan,
    host: Host,
    kind: BrowserKind,
    { flags = [], publicPage = false }: { flags?: readonly string[]; publicPage?: boolean } = {},
  ): Promise<Browser> {
    const profile = `${lan.directory}/profile${++profilesMade}`;
    await Deno.mkdir(profile);
    const options: DriverOptions = {
      browser: kind === "chromium" ? "chrome" : "firefox",
      executable: await findExecutable(kind),
      profile,
      flags,
      publicPage,
    };
    const browser = new Browser(host, options);
    try {
      browser.version = await browser.#started as string;
    } catch (error) {
      await browser[Symbol.asyncDispose]();
      throw new Error(`${kind} did not start on ${host.name}: ${(error as Error).message}`);
    }
    return browser;
  }

  #started: Promise<unknown>;

  private constructor(host: Host, options: DriverOptions) {
    this.#child = host.command(Deno.execPath(), {
      // The LAN has no way out: what is not in the cache already cannot be had.
      args: ["run", "-A", "--cached-only", "test/lan/driver.ts", JSON.stringify(options)],
      cwd: REPO,
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    this.#input = this.#child.stdin.getWriter();
    this.#started = this.#await(0, START_DEADLINE_MS);
    this.#started.catch(() => {});
    this.#reading = this.#read();
  }

  async #read(): Promise<void> {
    const lines = (stream: ReadableStream<Uint8Array<ArrayBuffer>>) =>
      stream.pipeThrough(new TextDecoderStream()).pipeThrough(new TextLineStream());
    const errors = (async () => {
      for await (const line of lines(this.#child.stderr)) {
        this.#errors = `${this.#errors}${line}\n`.slice(-4000);
      }
    })();
    for await (const line of lines(this.#child.stdout)) {
      const { n, result, error } = JSON.parse(line);
      const call = this.#calls.get(n);
      this.#calls.delete(n);
      if (error !== undefined) call?.reject(new Error(error));
      else call?.resolve(result);
    }
    await errors;
    for (const call of this.#calls.values()) {
      call.reject(new Error(`The browser's driver ended. ${this.#errors}`));
    }
    this.#calls.clear();
  }

  async #await(n: number, deadlineMs: number): Promise<unknown> {
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    this.#calls.set(n, { resolve, reject });
    const timer = setTimeout(
      () => reject(new Error(`No answer within ${deadlineMs} ms. ${this.#errors}`)),
      deadlineMs,
    );
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
      this.#calls.delete(n);
    }
  }

  /** The process that drives the browser, and has started it. */
  get pid(): number {
    return this.#child.pid;
  }

  /** Has the driver do something; see `driver.ts`. */
  async call(what: Record<string, unknown>, deadlineMs = 120_000): Promise<unknown> {
    const n = ++this.#count;
    const answer = this.#await(n, deadlineMs);
    answer.catch(() => {});
    await this.#input.write(new TextEncoder().encode(JSON.stringify({ n, ...what }) + "\n"));
    return await answer;
  }

  /** Opens a tab that can be a guest. */
  async openTab(): Promise<Guest> {
    return new Guest(this, await this.call({ call: "open" }) as number);
  }

  /** Opens a tab, dials the hub of `link` and is in `room`, if one is named, when this returns. */
  async join(link: string, room?: string): Promise<Guest> {
    const guest = await this.openTab();
    await guest.dial(link);
    if (room !== undefined) await guest.join(room);
    // Frames of one guest are handled in order: after this answer everybody sees it in the room.
    await guest.peers();
    return guest;
  }

  /** Gets a page over HTTP from this browser's host, without the browser. */
  async fetch(url: string): Promise<{ status: number; body: string }> {
    return await this.call({ call: "fetch", url }) as { status: number; body: string };
  }

  /** Allows the guest page what the person would be asked for: each of the names that is known. */
  async grant(permissions: readonly string[]): Promise<void> {
    const granting = permissions.map((permission) => this.call({ call: "grant", permission }));
    await Promise.any(granting);
    await Promise.allSettled(granting);
  }

  /** Kills every process of the browser at once, so that nothing can say goodbye. */
  async kill(): Promise<void> {
    await this.call({ call: "kill" });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#input.close().catch(() => {});
    const timer = setTimeout(() => {
      try {
        this.#child.kill("SIGKILL");
      } catch {
        // It ended by itself meanwhile.
      }
    }, 10_000);
    await this.#child.status;
    clearTimeout(timer);
    await this.#reading;
  }
}

/** A tab that is a guest of the hub. Every method does what its namesake in `page/guest.js` does. */
export class Guest {
  #browser: Browser;
  #tab: number;
  /** The id that the hub gave. */
  id = 0;

  constructor(browser: Browser, tab: number) {
    this.#browser = browser;
    this.#tab = tab;
  }

  async #do<T>(method: string, ...args: unknown[]): Promise<T> {
    return await this.#browser.call({ call: "guest", tab: this.#tab, method, args }) as T;
  }

  /** Dials the hub of `link` with nothing but the link. */
  async dial(
    link: string,
    options: { timeoutMs?: number; maxMessageSize?: number } = {},
  ): Promise<Dialled> {
    const dialled = await this.#do<Dialled>("dial", link, options);
    this.id = dialled.id;
    const times = Object.entries(dialled.times).map(([name, ms]) => `${name} ${ms}`).join(", ");
    console.log(`  ${this.#browser.version} offer to id: ${dialled.offerToIdMs} ms (${times})`);
    return dialled;
  }

  join(room: unknown): Promise<void> {
    return this.#do("join", room);
  }
  peers(): Promise<number[]> {
    return this.#do("peers");
  }
  to(id: number, payload: unknown): Promise<void> {
    return this.#do("to", id, payload);
  }
  /** Sends a text that arrives in a message of exactly `bytes` bytes; the result is its hash. */
  toSized(id: number, bytes: number, seed: number): Promise<string> {
    return this.#do("toSized", id, this.id, bytes, seed);
  }
  /** Sends a text of `bytes` bytes; the result is its hash. */
  toFiller(id: number, bytes: number, seed: number): Promise<string> {
    return this.#do("toFiller", id, bytes, seed);
  }
  toText(id: number, text: string): Promise<string> {
    return this.#do("toText", id, text);
  }
  next<T>(): Promise<Received<T>> {
    return this.#do("next");
  }
  nextHash(): Promise<{ id: number; hash: string; bytes: number }> {
    return this.#do("nextHash");
  }
  echo<T>(x: T): Promise<T> {
    return this.#do("echo", x);
  }
  echoSized(bytes: number): Promise<{ sent: number; received: number; same: boolean }> {
    return this.#do("echoSized", bytes);
  }
  raw(text: string, count = 1): Promise<void> {
    return this.#do("raw", text, count);
  }
  rawSized(bytes: number): Promise<void> {
    return this.#do("rawSized", bytes);
  }
  unread(): Promise<Record<string, unknown>[]> {
    return this.#do("unread");
  }
  leave(): Promise<void> {
    return this.#do("leave");
  }
  /** Closes the tab without telling the page, as a person does. */
  async closeTab(): Promise<void> {
    await this.#browser.call({ call: "close", tab: this.#tab });
  }
  isOpen(): Promise<boolean> {
    return this.#do("isOpen");
  }
  /** Waits until the channel closes; the result is when, in milliseconds since 1970. */
  closed(timeoutMs = 30_000): Promise<number> {
    return this.#do("closed", timeoutMs);
  }
  /** Asks for the room's members again and again, as the web app does with its beacons. */
  beacon(): Promise<void> {
    return this.#do("beacon");
  }
  /** Waits until the browser gives the connection up; when, in milliseconds since 1970. */
  failed(timeoutMs = 60_000): Promise<number> {
    return this.#do("failed", timeoutMs);
  }
  /** Restarts ICE with the same answer; the guest's ufrag before and after. */
  restartIce(): Promise<{ before: string; after: string }> {
    return this.#do("restartIce");
  }
  selectedPair(): Promise<{ remote: string; local: string; localPort: number } | null> {
    return this.#do("selectedPair");
  }
}

async function findExecutable(kind: BrowserKind): Promise<string> {
  for (const path of EXECUTABLES[kind]) {
    if (await Deno.stat(path).then(() => true, () => false)) return path;
  }
  throw new Error(`${kind} is not installed: looked for ${EXECUTABLES[kind].join(", ")}.`);
}
