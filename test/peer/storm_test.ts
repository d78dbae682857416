/**
 * A crowd that joins in one moment. Figures are in `test/bench/storm.ts`.
 */

import { assert, assertEquals } from "../assert.ts";
import { Guest } from "../support/guest.ts";
import { startTestHub } from "../support/test_hub.ts";

const CROWD = 200;
/** What discovery allows from the offer to the id (docs/PROTOCOL.md §5). */
const DISCOVERY_MS = 1400;

Deno.test({
  name: "two hundred guests at once all come in, and are served",
  sanitizeOps: false,
  sanitizeResources: false,
  async fn() {
    await using hub = await startTestHub();
    const joins = await Promise.allSettled(
      Array.from({ length: CROWD }, () => Guest.join(hub.link)),
    );
    const guests = joins.flatMap((join) => join.status === "fulfilled" ? [join.value] : []);
    assertEquals(guests.length, CROWD);
    // For information: guests and hub share this process, and the machine may be busy.
    const times = guests.map((guest) => guest.offerToIdMs).sort((a, b) => a - b);
    const p99 = times[Math.floor(0.99 * CROWD)];
    console.log(`99 % within ${p99.toFixed(0)} ms; discovery allows ${DISCOVERY_MS} ms`);

    assertEquals(new Set(guests.map((guest) => guest.id)).size, CROWD);
    assertEquals((await guests[0].peers()).length, CROWD);
    await Promise.all(guests.map((guest) => guest.sync()));
    assert(guests.every((guest) => !guest.closed));
    for (const guest of guests) guest.leave();
  },
});
