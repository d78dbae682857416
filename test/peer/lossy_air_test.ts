/**
 * Guests on bad Wi-Fi: datagrams are lost, late, out of order and doubled, both ways. Figures are in
 * `test/bench/lossy.ts`.
 */

import { assert, assertEquals } from "../assert.ts";
import { Guest } from "../support/guest.ts";
import { linkThrough } from "../support/join_link.ts";
import { startTestHub } from "../support/test_hub.ts";
import { type Air, type LossyProxy, onAir, openLossyProxy } from "../support/lossy_proxy.ts";

const BAD_AIR: Air = { loss: 0.05, duplication: 0.03, delayMs: 2, jitterMs: 8 };
const WAIT_MS = 60_000;

/** As a browser does, which dials again when a join has come to nothing. */
async function join(link: string, proxy: LossyProxy): Promise<Guest> {
  const dial = () => Guest.join(linkThrough(link, proxy.port));
  return await dial().catch(dial);
}

Deno.test({
  name: "on air that loses one datagram in twenty, large messages arrive whole and in order",
  sanitizeOps: false,
  sanitizeResources: false,
  async fn() {
    await using hub = await startTestHub();
    using first = openLossyProxy(hub.port, onAir(BAD_AIR, 1));
    using second = openLossyProxy(hub.port, onAir(BAD_AIR, 2));
    const [a, b] = await Promise.all([join(hub.link, first), join(hub.link, second)]);

    // Each begins with its number and is a little smaller than the frames' 256 KiB.
    const payloads = [0, 1, 2].map((n) => `${n}:${String(n).repeat(262_000)}`);
    const small = Array.from({ length: 50 }, (_, n) => `small ${n}`);
    const all = [...payloads.slice(0, 1), ...small, ...payloads.slice(1)];
    const received = async (guest: Guest, from: Guest): Promise<string[]> => {
      const fits = (frame: { t: string; id: number }) => frame.t === "from" && frame.id === from.id;
      const texts: string[] = [];
      while (texts.length < all.length) texts.push((await guest.next(fits, WAIT_MS)).payload);
      return texts;
    };
    for (const payload of all) {
      a.send({ t: "to", id: b.id, payload });
      b.send({ t: "to", id: a.id, payload });
    }
    const [atA, atB] = await Promise.all([received(a, b), received(b, a)]);
    for (const texts of [atA, atB]) {
      assertEquals(texts.map((text) => text.slice(0, 10)), all.map((text) => text.slice(0, 10)));
      assert(texts.every((text, i) => text === all[i]), "a message is not what was sent");
    }

    a.send({ t: "echo", x: payloads[1] });
    const { x } = await a.next((frame) => frame.t === "echo", WAIT_MS);
    assert(x === payloads[1], "the echo is not what was sent");

    for (const { counts } of [first, second]) {
      // Otherwise the air was better than it says.
      const { lost, doubled, overtaken } = counts;
      assert(lost > 20 && doubled > 20 && overtaken > 20, JSON.stringify(counts));
    }
    for (const guest of [a, b]) guest.leave();
  },
});

Deno.test({
  name: "twenty guests join through such air, and none is lost",
  sanitizeOps: false,
  sanitizeResources: false,
  async fn() {
    await using hub = await startTestHub();
    const joins = await Promise.allSettled(
      Array.from({ length: 20 }, async (_, i) => {
        using proxy = openLossyProxy(hub.port, onAir(BAD_AIR, 100 + i));
        const guest = await join(hub.link, proxy);
        await guest.sync();
        guest.leave();
      }),
    );
    assertEquals(joins.filter((join) => join.status === "rejected").length, 0);
  },
});
