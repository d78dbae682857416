/**
 * The network changes under a running hub: the link follows, guests that can still reach the hub stay.
 */

import { assert, assertEquals, assertStringIncludes } from "../assert.ts";
import { Browser } from "./browser.ts";
import { eventually, pause } from "../support/waiting.ts";
import { HubProcess } from "../support/hub_process.ts";
import { createLan, namespacesAvailable } from "./network.ts";

/** The hub looks every two seconds. */
const FOLLOW_MS = 15_000;
/** The hub forgets a guest after 30 s without a check; whoever is there after that is really there. */
const CONSENT_MS = 32_000;

const inLan = await namespacesAvailable();
if (!inLan) {
  console.log("Addresses cannot change on loopback: test/lan/address_change_test.ts is skipped.");
}

Deno.test({
  name:
    "The hub's address changes: page, printout and file show the new link, guests in reach stay",
  ignore: !inLan,
  async fn() {
    // One guest is on the cable, where the hub's address stays; the others are on the Wi-Fi.
    await using lan = await createLan({
      hubAddresses: ["10.77.0.1/24"],
      guests: ["10.77.0.11/24", "192.168.77.12/24"],
    });
    const [cable, wifi] = lan.guests;
    await using hub = await HubProcess.start(lan);
    await using firefox = await Browser.start(lan, cable, "firefox");
    await using chromium = await Browser.start(lan, wifi, "chromium");
    const oldLink = hub.link;
    assertStringIncludes(oldLink, "192.168.77.1~");
    assertStringIncludes(oldLink, "10.77.0.1~");
    const stays = await firefox.join(oldLink, "cabin");
    assertEquals((await firefox.fetch("http://10.77.0.1:8080/link")).body, `${oldLink}\n`);

    const changedAt = performance.now();
    await lan.hub.removeAddress("192.168.77.1/24");
    await lan.hub.addAddress("192.168.77.99/24");
    const isNew = (link: string) =>
      link.includes("192.168.77.99~") && !link.includes("192.168.77.1~");
    const newLink = await hub.untilLink(isNew, FOLLOW_MS);
    console.log(`  new link printed after ${Math.round(performance.now() - changedAt)} ms`);
    const page = await eventually("the new link on the page", FOLLOW_MS, async () => {
      const { body } = await chromium.fetch("http://192.168.77.99:8080/link");
      if (isNew(body)) return body;
    });
    assertEquals(page, `${newLink}\n`);
    assertEquals(new URL(newLink).searchParams.get("galaxy"), hub.blob);
    assertEquals(await Deno.readTextFile(`${lan.directory}/relay-link.txt`), `${newLink}\n`);

    const newcomer = await chromium.join(newLink, "cabin");
    assertEquals(await newcomer.peers(), [stays.id, newcomer.id]);
    await newcomer.to(stays.id, "hello");
    assertEquals((await stays.next()).payload, "hello");

    // That nobody is forgotten can be seen only when the time for it is over.
    await pause(CONSENT_MS);
    assertEquals(await stays.peers(), [stays.id, newcomer.id]);
    assert(await stays.isOpen());
    assert(await newcomer.isOpen());
    assertEquals((await hub.stop()).code, 0);
  },
});

Deno.test({
  name: "A hub that starts before there is a network is joined once there is one",
  ignore: !inLan,
  async fn() {
    await using lan = await createLan({ guests: 1 });
    await lan.hub.removeAddress("192.168.77.1/24");
    await using hub = await HubProcess.start(lan);
    await lan.hub.addAddress("192.168.77.50/24");
    const link = await hub.untilLink((link) => link.includes("192.168.77.50~"), FOLLOW_MS);
    await using chromium = await Browser.start(lan, lan.guests[0], "chromium");
    const guest = await chromium.join(link, "cabin");
    assertEquals(await guest.peers(), [guest.id]);
  },
});
