/**
 * The floods of `main.ts`, short, on one hub: honest guests lose nothing, newcomers get in, and the
 * hub is as it was when it is over. Times are compared with what the same machine does without a
 * flood, and generously. (Linux: it reads /proc.)
 */

import { assert, assertEquals } from "../support/assert.ts";
import { canForge } from "../support/forger.ts";
import { eventually } from "../support/waiting.ts";
import { FloodedHub } from "./ground.ts";
import { flood, joinHonestly, leftovers } from "./run.ts";

/** So few that a slow machine takes them all: what is dropped at the socket is not the hub's doing. */
const PACKETS_PER_SECOND = 10_000;
const SECONDS = 4;
/** Longest that an echo may take of a hundred, whatever the machine: ten times what is promised. */
const ECHO_MS = 2500;
/** Of a heap that grew for a flood the system gets back only a part; a leak would take more. */
const MEGABYTES = 250;
/** Guests that were killed are missed after thirty seconds. */
const GONE_MS = 45_000;
const LOOK_MS = 1000;

const NAMES = [
  ...canForge() ? ["forgedChecks", "forgedRecords"] : [],
  ...["strangers", "hellos", "checks", "checks1", "handshakes", "handshakes50"],
  ...["echoes", "peers", "to", "rooms", "deaf", "turnAllocations", "turnStrangers", "http"],
];

Deno.test({
  name: "floods of all kinds cost honest guests nothing, keep nobody out, and leave nothing behind",
  ignore: Deno.build.os !== "linux",
  async fn() {
    await using hub = await FloodedHub.start();
    await using guests = await joinHonestly(hub);
    const before = await leftovers(hub);
    const megabytes = hub.megabytes;
    for (const name of NAMES) {
      const { honest, sent } = await flood(hub, guests, name, SECONDS, PACKETS_PER_SECOND);
      assert(sent > 0, `${name}: nothing was sent`);
      assert(honest.echoes > 0, `${name}: no echo came`);
      assertEquals(honest.lost, 0, `${name}: honest guests have lost something`);
      assertEquals(honest.failedJoins, 0, `${name}: a newcomer was kept out`);
      assert(honest.joins > 0, `${name}: no newcomer came`);
      assert(honest.p99 < ECHO_MS, `${name}: an echo in a hundred took ${honest.p99} ms`);
    }
    await eventually(`a hub with ${JSON.stringify(before)} again`, GONE_MS, async () => {
      const after = await leftovers(hub);
      // An honest guest comes and goes all the time; /status itself holds a connection or two.
      const isBack = after.guests <= before.guests + 1 && after.rooms <= before.rooms + 1 &&
        after.allocations === 0 && after.files <= before.files + 8;
      if (isBack) return true;
      throw new Error(`It has ${JSON.stringify(after)}.`);
    }, LOOK_MS);
    const grown = hub.megabytes - megabytes;
    assert(grown < MEGABYTES, `the hub has grown by ${grown.toFixed(0)} MB`);
    const { counters } = await hub.status();
    assertEquals([counters["internal-error"], counters["datagram-handler-error"]], [
      undefined,
      undefined,
    ]);
  },
});
