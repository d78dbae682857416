/**
 * The hub's own call page in the LAN in a box: isolated guests, no route out, real browsers with empty
 * profiles.
 *
 * @module
 */

import { assert, assertEquals } from "../support/assert.ts";
import { Browser } from "./browser.ts";
import { CallGuest, CHROMIUM_DEVICES, untilAllSeeAll } from "./call_page.ts";
import { eventually } from "../support/waiting.ts";
import { HubProcess } from "../support/hub_process.ts";
import { createLan, type Host, type Lan, namespacesAvailable } from "./network.ts";

const ignore = !await namespacesAvailable();
const SEE_MS = 90_000;
const STEP_MS = 45_000;
const CALL_MS = 60_000;
/** Nobody stands still for so long, on however slow a machine. */
const STALL_MS = 30_000;

interface DeployedLink {
  readonly id: number;
  readonly state: string;
  readonly framesDecoded: number;
  readonly audioPackets: number;
  readonly texts: readonly string[];
}

/** A guest that speaks what the wire contract says, and nothing of this page's own. */
class DeployedGuest implements AsyncDisposable {
  private constructor(readonly browser: Browser, readonly tab: number, readonly id: number) {}

  static async join(lan: Lan, host: Host, link: string): Promise<DeployedGuest> {
    const flags = [...CHROMIUM_DEVICES, "--autoplay-policy=no-user-gesture-required"];
    const browser = await Browser.start(lan, host, "chromium", { flags });
    const tab = await browser.call({ call: "open" }) as number;
    const page = (method: string, ...args: unknown[]) =>
      browser.call({ call: "guest", tab, method, args });
    const { id } = await page("dial", link, {}) as { id: number };
    await page("join", "");
    await page("startCall", link, id);
    return new DeployedGuest(browser, tab, id);
  }

  get name(): string {
    return `guest ${this.id}`;
  }

  async links(): Promise<DeployedLink[]> {
    const report = await this.#page("callReport") as { links: DeployedLink[] };
    return report.links;
  }

  async say(text: string): Promise<void> {
    await this.#page("say", text);
  }

  #page(method: string, ...args: unknown[]): Promise<unknown> {
    return this.browser.call({ call: "guest", tab: this.tab, method, args });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.browser[Symbol.asyncDispose]();
  }
}

/** Takes guests along to their end. */
async function openGuest(
  stack: AsyncDisposableStack,
  ...args: Parameters<typeof CallGuest.open>
): Promise<CallGuest> {
  return stack.use(await CallGuest.open(...args));
}

/** Turns a guest's network card off, or on again with the route that DHCP would give. */
async function setCard(guest: Host, state: "up" | "down", hub: Host): Promise<void> {
  const ip = async (...args: string[]) => {
    const { success, stderr } = await guest.command("ip", { args }).output();
    assert(success, new TextDecoder().decode(stderr));
  };
  await ip("link", "set", "wlan0", state);
  if (state === "up") {
    await ip("route", "replace", "default", "via", hub.address, "dev", "wlan0", "onlink");
  }
}

Deno.test({
  name: "Two Chromium, two Firefox and a guest that knows only the wire contract are in one call",
  ignore,
  async fn(t) {
    await using lan = await createLan({ guests: 5, clientIsolation: true });
    await using hub = await HubProcess.start(lan);
    await using stack = new AsyncDisposableStack();
    const kinds = ["chromium", "firefox", "chromium", "firefox"] as const;
    const guests: CallGuest[] = [];
    for (const [i, kind] of kinds.entries()) {
      const name = `${kind} ${i}`;
      guests.push(await openGuest(stack, lan, lan.guests[i], kind, name, { atTheDoor: true }));
    }
    for (const guest of guests) await guest.join();
    const joined = performance.now();
    await untilAllSeeAll(guests, SEE_MS);
    console.log(`  all see all ${Math.round(performance.now() - joined)} ms after the last joined`);

    const deployed = stack.use(await DeployedGuest.join(lan, lan.guests[4], hub.link));
    await untilAllSeeAll(guests, SEE_MS, [deployed.name]);
    await eventually("pictures and sound of all at the other kind", SEE_MS, async () => {
      const links = await deployed.links();
      const isComplete = links.length === guests.length &&
        links.every(({ framesDecoded, audioPackets }) => framesDecoded > 0 && audioPackets > 0);
      if (!isComplete) throw new Error(JSON.stringify(links));
      return true;
    });

    await t.step(
      "all media goes through the hub, and both ends show the same symbols",
      async () => {
        await assertSameSymbols(guests);
        for (const person of (await Promise.all(guests.map((guest) => guest.people()))).flat()) {
          assertEquals([person.local, person.remote], ["relay", "relay"]);
          assertEquals(person.kind, person.name === deployed.name ? "deployed" : "ours");
          assert(isSymbols(person.safety), `symbols ${person.safety}`);
        }
      },
    );

    await t.step("what one writes, all read", async () => {
      await guests[0].do("say", "hello from the page");
      await deployed.say(`{"k":"chat","text":"hello from the other kind"}`);
      for (const guest of guests) {
        await guest.until(
          "both messages",
          STEP_MS,
          ({ chat }) =>
            chat.messages.map(({ parts }) => parts[0].text).sort().join() ===
              "hello from the other kind,hello from the page",
        );
      }
      await eventually("the page's message at the other kind", STEP_MS, async () => {
        const texts = (await deployed.links()).flatMap((link) => link.texts);
        return texts.includes(`{"k":"chat","text":"hello from the page"}`) || undefined;
      });
    });

    await t.step("for a minute, pictures and sound go on arriving from all at all", async () => {
      await assertGoesOn(guests, deployed, CALL_MS);
    });
  },
});

/** Whether these are four symbols. */
function isSymbols(safety: string | undefined): boolean {
  return /^(\S+ ){3}\S+$/.test(safety ?? "");
}

/** Symbols are made from both certificates, a moment after the pictures have come. */
async function untilSymbols(guest: CallGuest): Promise<void> {
  await guest.until(
    "the symbols of all",
    STEP_MS,
    ({ people }) => people.every(({ safety }) => safety !== undefined),
  );
}

/** Four symbols for each pair, the same at both ends. */
async function assertSameSymbols(guests: readonly CallGuest[]): Promise<void> {
  for (const guest of guests) await untilSymbols(guest);
  for (const one of guests) {
    for (const other of guests) {
      if (one === other) continue;
      const { safety } = await one.person(other.name);
      assert(isSymbols(safety), `symbols ${safety}`);
      assertEquals(safety, (await other.person(one.name)).safety, "both ends see the same");
    }
  }
}

/** Pictures and sound of all go on arriving at all for a while. */
async function assertGoesOn(
  guests: readonly CallGuest[],
  deployed: DeployedGuest,
  forMs: number,
): Promise<void> {
  const STEPS = 4;
  for (let step = 0; step < STEPS; step++) {
    const before = await progress(guests, deployed);
    await new Promise((resolve) => setTimeout(resolve, forMs / STEPS));
    await eventually("new pictures and sound of all at all", STALL_MS, async () => {
      const now = await progress(guests, deployed);
      const stalled: unknown[] = [];
      for (const [who, earlier] of before) {
        const later = now.get(who);
        if (later && later.pictures > earlier.pictures && later.sound > earlier.sound) continue;
        stalled.push({ who, earlier, later });
        // A link that failed and was made anew, as on a busy machine, counts from zero.
        if (later && (later.pictures < earlier.pictures || later.sound < earlier.sound)) {
          before.set(who, later);
        }
      }
      if (stalled.length > 0) throw new Error(JSON.stringify(stalled));
      return true;
    });
  }
}

/** What has arrived from everybody at everybody. */
async function progress(
  guests: readonly CallGuest[],
  deployed: DeployedGuest,
): Promise<Map<string, { pictures: number; sound: number }>> {
  const arrived = new Map<string, { pictures: number; sound: number }>();
  for (const guest of guests) {
    for (const { name, pictures, sound } of await guest.people()) {
      arrived.set(`${name} at ${guest.name}`, { pictures, sound });
    }
  }
  for (const { id, framesDecoded, audioPackets } of await deployed.links()) {
    arrived.set(`guest ${id} at ${deployed.name}`, {
      pictures: framesDecoded,
      sound: audioPackets,
    });
  }
  return arrived;
}

Deno.test({
  name: "Mute, hand, camera, screen and messages arrive, without any new offer",
  ignore,
  async fn() {
    await using lan = await createLan({ guests: 2, clientIsolation: true });
    await using _hub = await HubProcess.start(lan);
    await using stack = new AsyncDisposableStack();
    const ann = await openGuest(stack, lan, lan.guests[0], "chromium", "Ann", { room: "cabin" });
    const ben = await openGuest(stack, lan, lan.guests[1], "firefox", "Ben", { room: "cabin" });
    await ann.join();
    await ben.join();
    await untilAllSeeAll([ann, ben], SEE_MS);
    const offers = (await ann.state()).offers + (await ben.state()).offers;

    await ann.do("setMic", false);
    await ann.do("setCamera", false);
    await ben.do("raiseHand", true);
    await ben.until(
      "mute and no camera",
      STEP_MS,
      ({ people: [person] }) => person.muted === true && person.picture === "none",
    );
    await ann.until("the hand", STEP_MS, ({ people: [person] }) => person.handRaised);
    assertEquals((await ann.state()).me.preview, undefined, "the camera is let go of");

    await ann.do("setCamera", true);
    await ann.do("setMic", true);
    await ben.until(
      "the camera again",
      STEP_MS,
      ({ people: [person] }) => person.muted === false && person.picture === "camera",
    );
    const camera = await eventually("camera pictures", STEP_MS, async () => {
      const { height, pictures } = await ben.person("Ann");
      return height > 90 && pictures > 0 ? height : undefined;
    });

    await ann.do("startShare");
    await ben.until("the screen", STEP_MS, ({ people: [person] }) => person.picture === "screen");
    const screen = await eventually("a larger picture", 30_000, async () => {
      const { height } = await ben.person("Ann");
      return height > camera ? height : undefined;
    });
    console.log(`  camera ${camera} lines, screen ${screen}`);
    await ann.do("stopShare");
    await ben.until("the camera", STEP_MS, ({ people: [person] }) => person.picture === "camera");

    const { key } = await ann.person("Ben");
    await ann.do("say", "just for you <b>", key);
    const { chat } = await ben.until("the message", STEP_MS, (state) => state.chat.unread === 1);
    assertEquals(chat.messages[0].direct, true);
    assertEquals(chat.messages[0].parts, [{ text: "just for you <b>" }]);

    const after = (await ann.state()).offers + (await ben.state()).offers;
    assertEquals(after, offers, "no new offer");

    await ben.do("leave");
    await ann.until("nobody", STEP_MS, ({ people }) => people.length === 0);
    await ben.do("join");
    await untilAllSeeAll([ann, ben], SEE_MS);
  },
});

Deno.test({
  name: "A call outlives kill -9 of the hub, and ten seconds without Wi-Fi",
  ignore,
  async fn() {
    await using lan = await createLan({ guests: 2, clientIsolation: true });
    await using stack = new AsyncDisposableStack();
    let hub = await HubProcess.start(lan);
    stack.defer(() => hub[Symbol.asyncDispose]());
    const ann = await openGuest(stack, lan, lan.guests[0], "chromium", "Ann");
    const ben = await openGuest(stack, lan, lan.guests[1], "firefox", "Ben");
    await ann.join();
    await ben.join();
    await untilAllSeeAll([ann, ben], SEE_MS);
    await ann.do("setMic", false);
    const keys = [(await ann.person("Ben")).key, (await ben.person("Ann")).key];
    const { safety } = await ann.person("Ben");

    const mended = async (what: string) => {
      const began = performance.now();
      const counts = new Map<CallGuest, number>();
      await eventually(`pictures both ways after ${what}`, SEE_MS, async () => {
        for (const [guest, name] of [[ann, "Ben"], [ben, "Ann"]] as const) {
          const { link, pictures } = await guest.person(name);
          const before = counts.get(guest);
          if (before === undefined || pictures < before) counts.set(guest, pictures);
          if (link !== "connected" || !(pictures > (before ?? Infinity))) {
            throw new Error(`${guest.name}: ${link}, ${pictures} pictures`);
          }
        }
        return true;
      });
      console.log(`  mended ${Math.round(performance.now() - began)} ms after ${what}`);
      const seen = await ben.person("Ann");
      assertEquals(seen.muted, true, "muted as before");
      assertEquals([(await ann.person("Ben")).key, seen.key], keys, "the same tiles");
      assertEquals([(await ann.people()).length, (await ben.people()).length], [1, 1]);
    };

    hub.signal("SIGKILL");
    await ann.until("the loss of the hub", 30_000, ({ hub }) => hub.link !== "joined");
    hub = await HubProcess.start(lan);
    await mended("the hub's restart");
    assertEquals((await ann.person("Ben")).safety, safety, "the symbols outlive a redial");

    await setCard(lan.guests[1], "down", lan.hub);
    await new Promise((resolve) => setTimeout(resolve, 10_000));
    await setCard(lan.guests[1], "up", lan.hub);
    await mended("ten seconds without Wi-Fi");
  },
});

Deno.test({
  name: "A hub that moves to an address that no page knows is found again by its name",
  ignore,
  async fn() {
    await using lan = await createLan({ guests: 2, clientIsolation: true });
    await using _hub = await HubProcess.start(lan);
    await using stack = new AsyncDisposableStack();
    const ann = await openGuest(stack, lan, lan.guests[0], "chromium", "Ann");
    const ben = await openGuest(stack, lan, lan.guests[1], "chromium", "Ben");
    await ann.join();
    await ben.join();
    await untilAllSeeAll([ann, ben], SEE_MS);
    const { key } = await ann.person("Ben");
    const began = performance.now();
    await lan.hub.removeAddress("192.168.77.1/24");
    await lan.hub.addAddress("192.168.77.50/24");
    await ann.until("the loss of the hub", 30_000, ({ hub }) => hub.link !== "joined");
    for (const guest of [ann, ben]) {
      await guest.until("the hub again", 60_000, ({ hub }) => hub.link === "joined");
    }
    console.log(`  joined again ${Math.round(performance.now() - began)} ms after the move`);
    await untilAllSeeAll([ann, ben], SEE_MS);
    console.log(`  pictures ${Math.round(performance.now() - began)} ms after the move`);
    assertEquals((await ann.person("Ben")).key, key);
  },
});

Deno.test({
  name: "Without devices, and without permission, one joins to see, hear and write",
  ignore,
  async fn() {
    await using lan = await createLan({ guests: 3, clientIsolation: true });
    await using _hub = await HubProcess.start(lan);
    await using stack = new AsyncDisposableStack();
    const ann = await openGuest(stack, lan, lan.guests[0], "chromium", "Ann");
    const none = await openGuest(stack, lan, lan.guests[1], "chromium", "None", {
      flags: ["--use-fake-ui-for-media-stream", "--autoplay-policy=no-user-gesture-required"],
    });
    const denied = await openGuest(stack, lan, lan.guests[2], "chromium", "Denied", {
      flags: ["--use-fake-device-for-media-stream=fps=10", "--deny-permission-prompts"],
    });
    const all = [ann, none, denied];
    for (const guest of all) await guest.join();
    const problems = async (guest: CallGuest) => {
      const { mic, cam } = (await guest.state()).me;
      return [mic.problem, cam.problem];
    };
    assertEquals(await problems(none), ["none", "none"]);
    assertEquals(await problems(denied), ["denied", "denied"]);
    await eventually("the pictures of the one who has a camera", SEE_MS, async () => {
      for (const guest of [none, denied]) {
        const { link, pictures, sound, picture } = await guest.person("Ann");
        if (link !== "connected" || picture !== "camera" || pictures === 0 || sound === 0) {
          throw new Error(`${guest.name} sees ${JSON.stringify(await guest.people())}`);
        }
      }
      return true;
    });
    await none.do("say", "I can write");
    for (const guest of [ann, denied]) {
      await guest.until("the message", STEP_MS, ({ chat }) => chat.unread === 1);
    }
    for (const guest of all) {
      const { people } = await guest.state();
      assertEquals(people.length, 2);
      assert(people.every(({ link }) => link === "connected"), JSON.stringify(people));
    }
  },
});
