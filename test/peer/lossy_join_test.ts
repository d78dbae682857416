/**
 * Joining over a path that loses a datagram: for every datagram of the join in turn.
 */

import { assert } from "../assert.ts";
import { Guest } from "../support/guest.ts";
import { linkThrough } from "../support/join_link.ts";
import { type Direction, dropping, openLossyProxy } from "../support/lossy_proxy.ts";
import { startTestHub } from "../support/test_hub.ts";

type IsLost = (direction: Direction, index: number) => boolean;

async function joinThrough(hubPort: number, link: string, isLost: IsLost) {
  using proxy = openLossyProxy(hubPort, dropping(isLost));
  const guest = await Guest.join(linkThrough(link, proxy.port));
  const { counts } = proxy;
  guest.leave();
  return { counts, id: guest.id };
}

Deno.test({
  name: "a guest joins although any one datagram of its join is lost, whichever it is",
  sanitizeOps: false,
  sanitizeResources: false,
  async fn() {
    await using hub = await startTestHub();
    const join = (isLost: IsLost) => joinThrough(hub.port, hub.link, isLost);
    const { counts } = await join(() => false);
    assert(counts["to-hub"] >= 8 && counts["to-guest"] >= 8, JSON.stringify(counts));
    const losses = (["to-hub", "to-guest"] as const).flatMap((direction) =>
      Array.from({ length: counts[direction] }, (_, index) => ({ direction, index }))
    );
    const joins = await Promise.allSettled(
      losses.map((loss) =>
        join((direction, index) => direction === loss.direction && index === loss.index)
      ),
    );
    const lost = losses.filter((_, i) => joins[i].status === "rejected");
    assert(lost.length === 0, `no join when lost: ${JSON.stringify(lost)}`);
  },
});

Deno.test({
  name: "a guest joins although its path loses a fifth of all datagrams",
  sanitizeOps: false,
  sanitizeResources: false,
  async fn() {
    await using hub = await startTestHub();
    // Every fifth datagram, beginning with another one each time: the same in every run.
    await Promise.all(
      [0, 1, 2, 3, 4].map((first) =>
        joinThrough(hub.port, hub.link, (_, index) => index % 5 === first)
      ),
    );
  },
});
