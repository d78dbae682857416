/**
 * What happens to a laptop: the cable is pulled, the Wi-Fi gone and back, a hotspot switched on, the
 * lid closed. Link, page, name and relay follow; who is in reach stays.
 */

import { assert, assertEquals, assertStringIncludes } from "../support/assert.ts";
import { Browser } from "./browser.ts";
import { eventually, pause } from "../support/waiting.ts";
import { HubProcess, UNCAUGHT } from "../support/hub_process.ts";
import { outputOf, scriptOutput, succeed } from "./host_programs.ts";
import { createLan, type Host, type Lan, namespacesAvailable } from "./network.ts";

/** Five seconds are promised. This only ends a test that would wait for ever. */
const FOLLOW_MS = 20_000;
/** Longer than what the hub takes for a busy moment, shorter than what it takes for a guest's end. */
const SLEEP_MS = 14_000;
const HUB_CIDR = "192.168.77.1/24";
const NAME = /kbz-[a-z0-9]{1,8}\.local/;

const inLan = await namespacesAvailable();
if (!inLan) {
  console.log("Networks cannot change on loopback: test/lan/network_change_test.ts is skipped.");
}

Deno.test({
  name: "Every address goes and comes back: the hub and its guest live through it",
  ignore: !inLan,
  async fn() {
    await using lan = await createLan({ guests: 2 });
    const [home, plain] = lan.guests;
    await using hub = await HubProcess.start(lan);
    await using browser = await Browser.start(lan, home, "chromium");
    const guest = await browser.join(hub.link, "cabin");

    await lan.hub.removeAddress(HUB_CIDR);
    const alone = await hub.untilLink((link) => !link.includes("192.168.77.1~"), FOLLOW_MS);
    assertStringIncludes(alone, "127.0.0.1~4711");
    await lan.hub.addAddress(HUB_CIDR);
    await allFollows(lan, hub, plain, "192.168.77.1");
    assertEquals(await guest.peers(), [guest.id], "the guest is where it was");
    assertEquals((await hub.stop()).code, 0);
    assert(!UNCAUGHT.test(hub.output), hub.output);
  },
});

Deno.test({
  name: "A hotspot switched on: its guests find the hub by address and by name, the others stay",
  ignore: !inLan,
  async fn() {
    await using lan = await createLan({ guests: 2 });
    const [home, phone] = lan.guests;
    await using hub = await HubProcess.start(lan);
    await using browser = await Browser.start(lan, home, "chromium");
    const guest = await browser.join(hub.link, "cabin");

    await lan.hub.command("ip", {
      args: ["link", "add", "ap0", "type", "veth", "peer", "wlan1", "netns", phone.namespace],
    }).output();
    await succeed(lan.hub, "ip", "addr", "add", "10.42.0.1/24", "dev", "ap0");
    await succeed(lan.hub, "ip", "link", "set", "ap0", "up");
    await succeed(phone, "ip", "link", "set", "wlan0", "down");
    await succeed(phone, "ip", "addr", "add", "10.42.0.77/24", "dev", "wlan1");
    await succeed(phone, "ip", "link", "set", "wlan1", "up");
    await succeed(phone, "ip", "route", "replace", "default", "via", "10.42.0.1");
    await allFollows(lan, hub, { ...phone, address: "10.42.0.77" }, "10.42.0.1");
    assertStringIncludes(hub.link, "192.168.77.1~");
    assertEquals(await guest.peers(), [guest.id]);
  },
});

Deno.test({
  name: "A laptop sleeps and wakes in another network: it follows, and a guest in reach stays",
  ignore: !inLan,
  async fn() {
    // The guest is on the cable, where the hub's address stays.
    await using lan = await createLan({
      hubAddresses: ["10.77.0.1/24"],
      guests: ["10.77.0.11/24", "192.168.77.12/24"],
    });
    const [cable, wifi] = lan.guests;
    await using hub = await HubProcess.start(lan);
    await using browser = await Browser.start(lan, cable, "chromium");
    const guest = await browser.join(hub.link, "cabin");

    hub.signal("SIGSTOP");
    await lan.hub.removeAddress(HUB_CIDR);
    await lan.hub.addAddress("192.168.77.99/24");
    await pause(SLEEP_MS); // the lid is closed
    hub.signal("SIGCONT");
    await allFollows(lan, hub, wifi, "192.168.77.99");
    assert(!hub.link.includes("192.168.77.1~"));
    assertEquals(await guest.peers(), [guest.id]);
  },
});

/** Waits until link, file, page, name and relay all speak of `address`, as `guest` sees them. */
async function allFollows(lan: Lan, hub: HubProcess, guest: Host, address: string): Promise<void> {
  const began = performance.now();
  const took: string[] = [];
  const follows = async (what: string, look: () => Promise<boolean>) => {
    await eventually(`${what} at ${address}`, FOLLOW_MS, async () => await look() || undefined);
    took.push(`${what} ${Math.round(performance.now() - began)}`);
  };
  const has = (text: string) => text.includes(`${address}~4711`);
  await Promise.all([
    follows("link", () => Promise.resolve(has(hub.link))),
    follows("file", async () => has(await Deno.readTextFile(`${lan.directory}/relay-link.txt`))),
    follows("page", async () => {
      const source = `console.log(await (await fetch("http://${address}:8080/link")).text())`;
      return has(await outputOf(guest, Deno.execPath(), "eval", source));
    }),
    follows("name", async () => {
      const name = NAME.exec(hub.blob)?.[0] ?? "none";
      const found = await scriptOutput(guest, "test/lan/mdns_question.ts", guest.address, name);
      return found === `${address}\n`;
    }),
    follows("relay", async () => {
      const script = "test/lan/relayed_address.ts";
      return await scriptOutput(guest, script, guest.address, address) === `${address}\n`;
    }),
  ]);
  console.log(`  followed after (ms): ${took.join(", ")}`);
}
