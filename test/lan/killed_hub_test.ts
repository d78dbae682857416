/**
 * A hub that ends without a goodbye (`kill -9`, power) and is back, with the same credentials, before
 * its guests have noticed. They have lost their association and cannot know; so the hub leaves their
 * checks unanswered, until their browsers give up and dial again.
 */

import { assert, assertEquals } from "../assert.ts";
import { Browser } from "./browser.ts";
import { HubProcess } from "../support/hub_process.ts";
import { pause } from "../support/waiting.ts";
import { createLan } from "./network.ts";

/**
 * Browsers live without an answer for 30 s at most (RFC 7675 §5.1); before that come the pause between
 * two beacons and the hub's grace, and the machine may be busy.
 */
const FAILED_MS = 45_000;

for (const pauseSeconds of [3, 12]) {
  Deno.test(`A hub killed and back after ${pauseSeconds} s: browsers notice, dial again and are in`, async () => {
    await using lan = await createLan({ guests: 2 });
    await using chromium = await Browser.start(lan, lan.guests[0], "chromium");
    await using firefox = await Browser.start(lan, lan.guests[1], "firefox");
    let killedAt = 0;
    let link = "";
    const guests = [];
    {
      await using first = await HubProcess.start(lan);
      link = first.link;
      for (const browser of [chromium, firefox]) {
        const guest = await browser.join(link, "cabin");
        await guest.beacon();
        guests.push(guest);
      }
      killedAt = Date.now();
      first.signal("SIGKILL");
    }
    const failing = guests.map((guest) => guest.failed(FAILED_MS + pauseSeconds * 1000));
    await pause(pauseSeconds * 1000); // how long the hub is away is what these tests differ in
    await using second = await HubProcess.start(lan);
    const backAt = Date.now();
    const failedAfter = (await Promise.all(failing)).map((at) => at - backAt);
    console.log(
      `  back after ${backAt - killedAt} ms; gave up ${failedAfter.join(" and ")} ms later`,
    );
    assert(Math.max(...failedAfter) < FAILED_MS);

    // In the same tabs, as the web app does.
    for (const guest of guests) {
      await guest.dial(link);
      await guest.join("cabin");
    }
    const [one, two] = guests;
    assertEquals(await one.peers(), [one.id, two.id].sort((a, b) => a - b));
    await one.to(two.id, "back again");
    assertEquals((await two.next()).payload, "back again");
    assertEquals((await second.stop()).code, 0);
  });
}
