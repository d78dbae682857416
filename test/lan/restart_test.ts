/**
 * The hub ends and starts again under guests that know nothing but its link.
 */

import { assert, assertEquals, assertMatch, assertNotEquals } from "../assert.ts";
import { Browser } from "./browser.ts";
import { HubProcess } from "../support/hub_process.ts";
import { createLan } from "./network.ts";

/** Far below the time after which a browser finds out by itself that nobody answers. */
const AT_ONCE_MS = 4000;

for (
  const { title, flags } of [
    { title: "The hub restarts and the same link works again", flags: [] },
    {
      title: "A hub with an identity of its own keeps it over a restart",
      flags: ["--fixed-id=false"],
    },
  ]
) {
  Deno.test(title, async () => {
    await using lan = await createLan({ guests: 2, clientIsolation: true });
    await using chromium = await Browser.start(lan, lan.guests[0], "chromium");
    await using firefox = await Browser.start(lan, lan.guests[1], "firefox");

    await using first = await HubProcess.start(lan, { flags });
    const link = first.link;
    assertEquals(new URL(link).searchParams.get("galaxy"), first.blob);
    assertMatch(
      first.blob,
      flags.length ? /^g[12]\|[A-Za-z0-9]{8}\|[A-Za-z0-9]{24}\|/ : /^g[12]\|wbxlanhub01\|/,
    );
    assertEquals(await Deno.readTextFile(`${lan.directory}/relay-link.txt`), `${link}\n`);
    const before = [await chromium.join(link, "cabin"), await firefox.join(link, "cabin")];
    assertEquals(await before[0].peers(), before.map(({ id }) => id));

    const stopAt = Date.now();
    const { code, ms } = await first.stop();
    const closedAfter = await Promise.all(
      before.map(async (guest) => await guest.closed() - stopAt),
    );
    console.log(`  ended after ${ms} ms, channels closed after ${closedAfter.join(" and ")} ms`);
    assertEquals(code, 0);
    assert(Math.max(...closedAfter) < AT_ONCE_MS, `channels closed after ${closedAfter} ms`);

    await using second = await HubProcess.start(lan, { flags });
    if (lan.kind === "namespaces") {
      // A hub of its own draws new TURN credentials in every run (docs/PROTOCOL.md §5); the rest stays.
      const lasting = (text: string) => flags.length ? text.replace(/\|\d+,\w+,\w+\|/, "|") : text;
      assertEquals(lasting(second.link), lasting(link));
    }
    // By the first link, as it was printed.
    const after = [await chromium.join(link, "cabin"), await firefox.join(link, "cabin")];
    assertEquals(await after[1].peers(), after.map(({ id }) => id));
    await after[0].to(after[1].id, "back again");
    assertEquals((await after[1].next()).payload, "back again");
    assertEquals((await second.stop()).code, 0);
  });
}

Deno.test("Two hubs with identities of their own have different ones", async () => {
  await using lan = await createLan({ guests: 0 });
  await using one = await HubProcess.start(lan, {
    flags: ["--fixed-id=false", "--http=0"],
    state: `${lan.directory}/one.json`,
  });
  await using other = await HubProcess.start(lan, {
    flags: ["--fixed-id=false", "--http=0"],
    state: `${lan.directory}/other.json`,
  });
  const [, ufrag, pwd, fingerprint] = one.blob.split("|");
  const [, otherUfrag, otherPwd, otherFingerprint] = other.blob.split("|");
  assertNotEquals(ufrag, otherUfrag);
  assertNotEquals(pwd, otherPwd);
  assertNotEquals(fingerprint, otherFingerprint);
});
