/**
 * Calls in the LAN in a box, with client isolation: guests reach the hub and nobody else, so every
 * picture and every sound that arrives has been through the hub's relay.
 *
 * @module
 */

import { assert, assertEquals } from "../support/assert.ts";
import { Browser, type BrowserKind } from "./browser.ts";
import { eventually } from "../support/waiting.ts";
import { HubProcess } from "../support/hub_process.ts";
import { createLan, type Host, type Lan, namespacesAvailable } from "./network.ts";

const ROOM = "cabin";
const CALL_MS = 60_000;
const CONNECT_MS = 60_000;
/** For this long a busy machine may hold up pictures and sound. */
const STALL_MS = 30_000;
/** A killed guest is gone for the others after 8 s without a beacon; the hub needs 30 s. */
const RETURN_MS = 90_000;
const CHROMIUM_FLAGS = [
  "--use-fake-device-for-media-stream",
  "--use-fake-ui-for-media-stream",
  "--autoplay-policy=no-user-gesture-required",
];

interface LinkReport {
  readonly id: number;
  readonly state: string;
  readonly states: readonly string[];
  readonly errors: readonly string[];
  readonly framesDecoded: number;
  readonly audioSamples: number;
  readonly audioEnergy: number;
  readonly audioPackets: number;
  readonly audioLost: number;
  readonly videoLost: number;
  readonly pair?: { local: string; remote: string; localAddress?: string; remoteAddress?: string };
  readonly texts: readonly string[];
}

/** A guest in a call. */
class Caller {
  private constructor(
    readonly kind: BrowserKind,
    readonly browser: Browser,
    readonly id: number,
    readonly tab: number,
  ) {}

  /** Starts a browser on `host`, which joins the room and the call. */
  static async join(lan: Lan, host: Host, kind: BrowserKind, link: string): Promise<Caller> {
    const flags = kind === "chromium" ? CHROMIUM_FLAGS : [];
    const browser = await Browser.start(lan, host, kind, { flags });
    try {
      const tab = await browser.call({ call: "open" }) as number;
      const page = (method: string, ...args: unknown[]) =>
        browser.call({ call: "guest", tab, method, args });
      const { id } = await page("dial", link, {}) as { id: number };
      await page("join", ROOM);
      assertEquals(await page("startCall", link, id), ["audio", "video"]);
      return new Caller(kind, browser, id, tab);
    } catch (error) {
      await browser[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Everything that the page knows of its call. */
  async report(): Promise<{ links: LinkReport[] }> {
    return await this.#page("callReport") as { links: LinkReport[] };
  }

  async links(): Promise<LinkReport[]> {
    return (await this.report()).links.sort((a, b) => a.id - b.id);
  }

  async say(text: string): Promise<void> {
    await this.#page("say", text);
  }

  #page(method: string, ...args: unknown[]): Promise<unknown> {
    return this.browser.call({ call: "guest", tab: this.tab, method, args });
  }
}

/** Waits until everybody sees everybody else, and nobody else: pictures and sound. */
async function untilAllSeeAll(callers: readonly Caller[], deadlineMs: number): Promise<void> {
  await eventually("pictures and sound of all guests at all others", deadlineMs, async () => {
    for (const caller of callers) {
      const links = await caller.links();
      const others = callers.filter((other) => other !== caller).map(({ id }) => id);
      const complete = links.every((link) =>
        link.state === "connected" && link.framesDecoded > 0 && link.audioPackets > 0
      );
      const seen = links.map(({ id }) => id);
      if (!complete || seen.join() !== others.sort((a, b) => a - b).join()) {
        const report = JSON.stringify(await caller.report());
        throw new Error(`Guest ${caller.id} (${caller.kind}): ${report}`);
      }
    }
    return true;
  });
}

/** Watches for a while; every stream of pictures and sound must go on. */
async function assertCallGoesOn(callers: readonly Caller[], forMs: number): Promise<void> {
  const STEPS = 6;
  const reports = () => Promise.all(callers.map((caller) => caller.links()));
  let before = await reports();
  const first = before;
  const isStalled = (link: LinkReport, earlier: LinkReport | undefined) =>
    link.id === earlier?.id &&
    (link.framesDecoded === earlier.framesDecoded || link.audioPackets === earlier.audioPackets);
  for (let step = 0; step < STEPS; step++) {
    await new Promise((resolve) => setTimeout(resolve, forMs / STEPS));
    const after = await eventually("new pictures and sound of all at all", STALL_MS, async () => {
      const now = await reports();
      const stalled = now.flatMap((links, i) =>
        links.filter((link, j) => isStalled(link, before[i][j]))
      );
      if (stalled.length > 0) throw new Error(JSON.stringify(stalled));
      return now;
    });
    for (const [i, caller] of callers.entries()) {
      for (const [j, link] of after[i].entries()) {
        const what = `guest ${caller.id} (${caller.kind}) of guest ${link.id} in step ${step}`;
        assertEquals(link.id, before[i][j].id, what);
        assert(link.framesDecoded > before[i][j].framesDecoded, `no new pictures at ${what}`);
        assert(link.audioPackets > before[i][j].audioPackets, `no new sound at ${what}`);
        assert(link.audioEnergy > before[i][j].audioEnergy, `silence at ${what}`);
        assertEquals(
          { local: link.pair?.local, remote: link.pair?.remote },
          { local: "relay", remote: "relay" },
          what,
        );
      }
    }
    before = after;
  }
  for (const [i, caller] of callers.entries()) {
    for (const [j, link] of before[i].entries()) {
      const frames = link.framesDecoded - first[i][j].framesDecoded;
      const sound = link.audioPackets - first[i][j].audioPackets;
      console.log(
        `  ${caller.kind} ${caller.id} from ${link.id}: ${frames} pictures, ${sound} sound packets,` +
          ` lost ${link.videoLost}+${link.audioLost}, by ${JSON.stringify(link.pair)}` +
          ` ${link.errors.length > 0 ? `ICE errors ${link.errors}` : ""}`,
      );
    }
  }
}

/** Starts coturn on the hub host, configured as the README says. @returns what ends it. */
async function startCoturn(lan: Lan): Promise<() => Promise<void>> {
  const path = `${lan.directory}/turnserver.conf`;
  await Deno.writeTextFile(
    path,
    [
      "listening-port=3478",
      "realm=kibitz",
      "lt-cred-mech",
      "user=user:secret",
      "denied-peer-ip=0.0.0.0-255.255.255.255",
      `allowed-peer-ip=${lan.hub.address}`,
      "",
    ].join("\n"),
  );
  const child = lan.hub.command("turnserver", {
    // deno-fmt-ignore
    args: [
      "-c", path, "--log-file", "stdout", "--simple-log", "--no-cli",
      "--pidfile", `${lan.directory}/turnserver.pid`, "--db", `${lan.directory}/turndb`,
    ],
    stdin: "null",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const output = child.stdout.getReader();
  await output.read(); // It runs.
  const reading = (async () => {
    while (!(await output.read()).done) { /* A full pipe would stop it. */ }
  })();
  return async () => {
    child.kill("SIGKILL");
    await child.status;
    await reading;
  };
}

/** Captures what passes the hub host, without payloads; see {@link countPackets}. */
async function capture(lan: Lan, path: string): Promise<() => Promise<void>> {
  const child = lan.hub.command("tcpdump", {
    args: ["-i", "any", "-n", "-s", "96", "-w", path, "udp"],
    stdout: "null",
    stderr: "piped",
  }).spawn();
  const errors = child.stderr.getReader();
  await errors.read(); // "listening on"
  const reading = (async () => {
    while (!(await errors.read()).done) { /* What it says at the end. */ }
  })();
  return async () => {
    child.kill("SIGTERM");
    await child.status;
    await reading;
  };
}

/** How many packets of a capture a filter matches. */
async function countPackets(path: string, filter: string): Promise<number> {
  const { success, stdout, stderr } = await new Deno.Command("tcpdump", {
    args: ["-n", "-r", path, "--count", filter],
  }).output();
  const text = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
  const count = /(\d+) packets?/.exec(text);
  assert(success && count !== null, text);
  return Number(count[1]);
}

Deno.test({
  name:
    "Three guests of an isolating Wi-Fi see and hear each other for a minute, by the relay alone",
  ignore: !await namespacesAvailable(),
  async fn() {
    await using lan = await createLan({ guests: 3, clientIsolation: true });
    await using hub = await HubProcess.start(lan);
    await using stack = new AsyncDisposableStack();
    const join = async (index: number, kind: BrowserKind) => {
      const caller = await Caller.join(lan, lan.guests[index], kind, hub.link);
      stack.use(caller.browser);
      return caller;
    };

    const pcap = `${lan.directory}/hub.pcap`;
    const endCapture = await capture(lan, pcap);
    const one = await join(0, "chromium");
    const two = await join(1, "firefox");
    const doomed = await join(2, "chromium");
    const began = performance.now();
    await untilAllSeeAll([one, two, doomed], CONNECT_MS);
    console.log(`  all see all after ${Math.round(performance.now() - began)} ms`);

    await one.say("hello from one");
    await two.say("hello from two");
    await eventually("the content messages", 10_000, async () => {
      const [oneOfTwo] = (await one.links()).filter(({ id }) => id === two.id);
      const [twoOfOne] = (await two.links()).filter(({ id }) => id === one.id);
      const [threeOfOne] = (await doomed.links()).filter(({ id }) => id === one.id);
      return oneOfTwo.texts.includes("hello from two") &&
          twoOfOne.texts.includes("hello from one") && threeOfOne.texts.includes("hello from one")
        ? true
        : undefined;
    });
    await assertCallGoesOn([one, two, doomed], CALL_MS);

    await doomed.browser.kill();
    const back = await join(2, "firefox");
    const returned = performance.now();
    await untilAllSeeAll([one, two, back], RETURN_MS);
    console.log(`  back after ${Math.round(performance.now() - returned)} ms`);
    await assertCallGoesOn([one, two, back], CALL_MS / 4);
    await endCapture();
    const guests = lan.guests.map(({ address }) => address);
    const between = `(src host ${guests.join(" or ")}) and (dst host ${guests.join(" or ")})`;
    assertEquals(await countPackets(pcap, between), 0, "packets from guest to guest");
    assert(await countPackets(pcap, "dst port 3478") > 10_000, "the capture has missed the call");
  },
});

Deno.test({
  name: "A guest on the Wi-Fi and one on the cable meet, each at the hub's address on its own side",
  ignore: !await namespacesAvailable(),
  async fn() {
    await using lan = await createLan({
      guests: ["192.168.77.11/24", "10.5.0.11/24"],
      hubAddresses: ["10.5.0.1/24"],
      clientIsolation: true,
    });
    await using hub = await HubProcess.start(lan);
    await using stack = new AsyncDisposableStack();
    const callers = await callOfTwo(lan, hub, stack);
    const addresses = async (caller: Caller) => {
      const [{ pair }] = await caller.links();
      return [pair?.localAddress, pair?.remoteAddress];
    };
    assertEquals(await addresses(callers[0]), ["192.168.77.1", "10.5.0.1"]);
    assertEquals(await addresses(callers[1]), ["10.5.0.1", "192.168.77.1"]);
  },
});

Deno.test({
  name: "Guests meet by coturn as well, with the configuration of the README",
  ignore: !await namespacesAvailable() || !await hasCoturn(),
  async fn() {
    await using lan = await createLan({ guests: 2, clientIsolation: true });
    await using stack = new AsyncDisposableStack();
    stack.defer(await startCoturn(lan));
    await using hub = await HubProcess.start(lan, { flags: ["--turn", "3478,user,secret"] });
    await callOfTwo(lan, hub, stack);
  },
});

/** Chromium and Firefox on the first two guests call each other, and the call goes on. */
async function callOfTwo(
  lan: Lan,
  hub: HubProcess,
  stack: AsyncDisposableStack,
): Promise<Caller[]> {
  const callers: Caller[] = [];
  for (const [index, kind] of (["chromium", "firefox"] as const).entries()) {
    const caller = await Caller.join(lan, lan.guests[index], kind, hub.link);
    stack.use(caller.browser);
    callers.push(caller);
  }
  await untilAllSeeAll(callers, CONNECT_MS);
  await assertCallGoesOn(callers, CALL_MS / 6);
  return callers;
}

async function hasCoturn(): Promise<boolean> {
  const { success } = await new Deno.Command("sh", { args: ["-c", "command -v turnserver"] })
    .output();
  return success;
}
