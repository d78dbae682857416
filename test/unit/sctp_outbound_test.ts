import {
  SCTP_LONGEST_SACK_DELAY_MS,
  SCTP_MAX_RETRANSMISSIONS,
  SCTP_MTU,
  SCTP_PROBE_MARGIN_MS,
  SCTP_REORDERING_MS,
  SCTP_RTO_MS,
} from "../../relaycore/limits.ts";
import { OutboundData } from "../../relaycore/sctp/outbound.ts";
import { PacketWriter } from "../../relaycore/sctp/packet_writer.ts";
import { assert, assertEquals } from "../support/assert.ts";
import { chunk, chunksOf, ChunkType, read, sack } from "../support/sctp_peer.ts";

const FIRST_TSN = 2 ** 32 - 2;

/** A sender, and SACKs that a test makes. TSNs begin at 1. */
class Sender {
  now = 100;
  readonly outbound: OutboundData;
  readonly #writer = new PacketWriter();

  constructor(window = 1 << 20) {
    this.outbound = new OutboundData(FIRST_TSN, window);
  }

  queue(count: number, bytes = 1160): void {
    for (let i = 0; i < count; i++) this.outbound.send(0, 51, new Uint8Array(bytes));
  }

  /** The TSNs that are sent now, packet by packet. */
  packets(most = Infinity): number[][] {
    const packets: number[][] = [];
    while (packets.length < most) {
      this.#writer.begin(1);
      this.outbound.fill(this.#writer, this.now);
      if (this.#writer.isEmpty) break;
      packets.push(
        chunksOf(this.#writer.finish().slice()).filter(({ type }) => type === ChunkType.data)
          .map(({ body }) => ((read(body, 0, 4) - FIRST_TSN) >>> 0) + 1),
      );
    }
    return packets;
  }

  sack(
    cumulative: number,
    gaps: readonly (readonly [first: number, last: number])[] = [],
    window?: number,
  ): boolean {
    const relative = gaps.map(([first, last]) => [first - cumulative, last - cumulative] as const);
    const bytes = sack((FIRST_TSN + cumulative - 1) >>> 0, relative, { window });
    return this.outbound.receiveSack(bytes, 0, this.now);
  }

  /** Waits until chunks are overdue, a probe is due or the retransmission timer expires. */
  wait(): number {
    const waited = this.outbound.deadline! - this.now;
    this.now = this.outbound.deadline!;
    this.outbound.handleTimeout(this.now);
    return waited;
  }

  /** Waits for the retransmission timer, which backs off when it expires. */
  timeout(): number {
    const { rto } = this.outbound;
    let waited = this.wait();
    while (this.outbound.rto === rto && rto < SCTP_RTO_MS.max) waited += this.wait();
    return waited;
  }

  /** Sends a packet that is acknowledged after this time, so that a round trip is known. */
  measure(roundTrip: number): void {
    this.queue(1);
    this.packets();
    this.now += roundTrip;
    this.sack(1);
    assertEquals(this.outbound.deadline, undefined);
  }
}

Deno.test("the third report of a missing chunk retransmits it once, at once", () => {
  const sender = new Sender();
  sender.queue(10);
  sender.packets();
  sender.now += 10;
  for (const last of [3, 4]) {
    sender.sack(1, [[3, last]]);
    assertEquals(sender.packets(), []);
  }
  sender.sack(1, [[3, 5]]);
  assertEquals(sender.packets(), [[2]], "whatever the congestion window says");
  for (const last of [6, 7, 8, 9]) sender.sack(1, [[3, last]]);
  assertEquals(sender.packets(), [], "these may be reports of the first transmission");
});

Deno.test("a chunk is lost if a later one has arrived, and it is late by a quarter of a round trip", () => {
  const sender = new Sender();
  sender.measure(100);
  sender.queue(2);
  sender.packets();
  sender.now += 100;
  sender.sack(1, [[3, 3]]);
  assertEquals(sender.packets(), [], "it may have been overtaken");
  assertEquals(sender.wait(), 25);
  assertEquals(sender.packets(), [[2]]);
});

Deno.test("a chunk that was overtaken by a few milliseconds is not sent again", () => {
  const sender = new Sender();
  sender.measure(2);
  sender.queue(3);
  sender.packets();
  sender.now += 2;
  sender.sack(1, [[4, 4]]);
  sender.now += SCTP_REORDERING_MS - 1;
  assert(sender.outbound.deadline! > sender.now);
  sender.sack(2, [[4, 4]]);
  sender.sack(4);
  assertEquals([sender.packets(), sender.outbound.deadline], [[], undefined]);
});

Deno.test("a retransmission that is lost again is sent again before the retransmission timer", () => {
  const sender = new Sender();
  sender.measure(40);
  sender.queue(9);
  sender.packets();
  sender.now += 40;
  for (const last of [3, 4, 5]) sender.sack(1, [[3, last]]);
  assertEquals(sender.packets(1), [[2]], "reported three times");
  sender.queue(1);
  sender.now += 1;
  sender.sack(1, [[3, 10]]);
  assertEquals(sender.packets(), [[11]], "sent after the retransmission");
  sender.now += 40;
  sender.sack(1, [[3, 11]]);
  assert(sender.wait() <= 10);
  assertEquals(sender.packets(), [[2]]);
});

Deno.test("an acknowledgement that is too early for a retransmission proves nothing about the others", () => {
  const sender = new Sender();
  sender.measure(100);
  sender.queue(3);
  assertEquals(sender.packets(), [[2], [3], [4]]);
  sender.wait();
  assertEquals(sender.packets(), [[4]], "a probe");
  sender.now += 99; // the first transmission was slow, and so may be chunks 2 and 3
  sender.sack(1, [[4, 4]]);
  assertEquals(sender.packets(), []);
});

Deno.test("if nothing is acknowledged, the last chunk is sent again once, as a probe", () => {
  const sender = new Sender();
  sender.measure(20);
  sender.queue(4);
  assertEquals(sender.packets(), [[2], [3], [4], [5]]);
  const timer = sender.now + sender.outbound.rto;
  assertEquals(sender.wait(), 2 * 20 + SCTP_PROBE_MARGIN_MS);
  assertEquals(sender.packets(), [[5]]);
  assertEquals(sender.outbound.deadline, timer, "no second probe");
  sender.now += 20;
  sender.sack(1, [[5, 5]]);
  assertEquals(sender.packets(), [[2], [3], [4]], "the probe was sent after them, and has arrived");
});

Deno.test("a single packet is probed only after the guest might have delayed the acknowledgement", () => {
  const sender = new Sender();
  sender.measure(20);
  sender.queue(1);
  sender.packets();
  assertEquals(sender.wait(), 2 * 20 + SCTP_LONGEST_SACK_DELAY_MS + SCTP_PROBE_MARGIN_MS);
  assertEquals(sender.packets(), [[2]]);
});

Deno.test("a guest that has reported a gap delays nothing, so a single packet is probed sooner", () => {
  const sender = new Sender();
  sender.measure(20);
  sender.queue(2);
  sender.packets();
  sender.now += 20;
  sender.sack(1, [[3, 3]]);
  assertEquals(sender.wait(), SCTP_REORDERING_MS);
  assertEquals(sender.packets(), [[2]]);
  assertEquals(sender.wait(), 2 * 20 + SCTP_PROBE_MARGIN_MS);
});

Deno.test("a SACK that acknowledges nothing new allows no second probe", () => {
  const sender = new Sender();
  sender.measure(20);
  sender.queue(4);
  sender.packets();
  const timer = sender.now + sender.outbound.rto;
  sender.wait();
  sender.packets();
  sender.sack(1);
  assertEquals(sender.outbound.deadline, timer);
});

Deno.test("a chunk in a closed window waits for the retransmission timer", () => {
  const sender = new Sender();
  sender.measure(20);
  sender.queue(1);
  sender.packets();
  sender.now += 20;
  sender.sack(2, [], 0);
  sender.queue(1);
  assertEquals(sender.packets(), []);
  sender.wait();
  assertEquals(sender.packets(), [[3]]);
  assertEquals(sender.wait(), sender.outbound.rto / 2);
});

Deno.test("nothing is probed before a round trip is known", () => {
  const sender = new Sender();
  sender.queue(4);
  sender.packets();
  assertEquals(sender.wait(), SCTP_RTO_MS.initial);
  assertEquals(sender.packets(), [[1]]);
});

Deno.test("a probe halves the congestion window, as any loss", () => {
  const sender = new Sender();
  sender.measure(20);
  sender.queue(40);
  assertEquals(sender.packets().length, 10);
  sender.wait();
  sender.packets();
  sender.now += 20;
  sender.sack(11);
  assertEquals(sender.packets().length, 5);
});

Deno.test("repeated reports do not count", () => {
  const sender = new Sender();
  sender.queue(5);
  sender.packets();
  for (let i = 0; i < 10; i++) sender.sack(1, [[3, 3]]);
  assertEquals(sender.packets(), []);
});

Deno.test("a timeout retransmits only missing chunks", () => {
  const sender = new Sender();
  sender.queue(4);
  sender.packets();
  sender.now += 10;
  sender.sack(0, [[2, 2]]);
  sender.timeout();
  assertEquals(sender.packets(), [[1]], "one packet, as the window has shrunk to that");
  sender.sack(2);
  assertEquals(sender.packets(), [[3], [4]]);
});

Deno.test("an acknowledgement that waited for a retransmission measures no round trip", () => {
  const sender = new Sender();
  sender.queue(2);
  sender.packets();
  sender.timeout(); // the guest got the second chunk, and its SACK was lost
  assertEquals(sender.packets(), [[1]]);
  sender.now += 10;
  sender.sack(2);
  assertEquals(sender.outbound.rto, SCTP_RTO_MS.initial);
});

Deno.test("the acknowledgement of a retransmission ends the back-off", () => {
  const sender = new Sender();
  sender.queue(1);
  sender.packets();
  const pauses = [];
  for (let i = 0; i < 3; i++) {
    pauses.push(sender.timeout());
    sender.packets();
  }
  assertEquals(pauses, [500, 1000, 2000]);
  sender.sack(1);
  assertEquals(sender.outbound.rto, SCTP_RTO_MS.initial);
});

Deno.test("a closed window is probed with one chunk at a time", () => {
  const sender = new Sender();
  sender.queue(3, 100);
  sender.packets();
  sender.now += 10;
  sender.sack(3, [], 0);
  sender.queue(3, 100);
  assertEquals(sender.packets(), [], "not at once");
  const pauses = [];
  for (let i = 0; i < 3 * SCTP_MAX_RETRANSMISSIONS; i++) {
    pauses.push(sender.timeout());
    assertEquals(sender.packets(), [[4]]);
    sender.sack(3, [], 0);
    assert(!sender.outbound.isGivenUp, "who answers is not given up");
  }
  assertEquals(pauses.slice(0, 4), [350, 700, 1400, 2800]);
  assertEquals(pauses.at(-1), SCTP_RTO_MS.max);
  sender.sack(4, [], 1 << 20);
  assertEquals(sender.packets(), [[5, 6]]);
});

Deno.test("no more is sent than fits the guest's window", () => {
  const sender = new Sender(3000);
  sender.queue(10);
  assertEquals(sender.packets(), [[1], [2]]);
  sender.sack(2, [], 1200);
  assertEquals(sender.packets(), [[3]]);
});

Deno.test("chunks that the guest has reneged are sent again", () => {
  const sender = new Sender();
  sender.queue(3);
  sender.packets();
  sender.now += 10;
  sender.sack(0, [[2, 3]]);
  sender.sack(1);
  assertEquals(sender.packets().flat().slice(0, 1), [2]);
});

Deno.test("small messages share a packet, and only large ones are fragmented", () => {
  const sender = new Sender();
  for (const bytes of [100, 200, 300, 1000, 5000]) sender.queue(1, bytes);
  const packets = sender.packets();
  assertEquals(packets[0], [1, 2, 3]);
  assertEquals(packets[1][0], 4, "one that fits into a packet is not cut");
  assertEquals(packets.flat(), [1, 2, 3, 4, 5, 6, 7, 8, 9].slice(0, packets.flat().length));
});

Deno.test("the congestion window grows while it is used, and shrinks with loss", () => {
  const sender = new Sender();
  sender.queue(400);
  const first = sender.packets().length;
  assertEquals(first, 10);
  let acknowledged = 0;
  let inFlight = first;
  for (let rounds = 0; rounds < 3; rounds++) {
    sender.now += 10;
    for (let i = 0; i < inFlight; i += 2) sender.sack(acknowledged + i + 2);
    acknowledged += inFlight;
    const next = sender.packets().length;
    assert(next > 1.8 * inFlight, `slow start: ${next} after ${inFlight}`);
    inFlight = next;
  }
  sender.timeout();
  assertEquals(sender.packets().length, 1);
});

Deno.test("old, future and contradictory SACKs change nothing", () => {
  const sender = new Sender();
  sender.queue(5);
  sender.packets();
  sender.sack(2);
  const before = sender.outbound.bufferedBytes;
  assert(!sender.sack(1), "the past");
  assert(!sender.sack(6), "never sent");
  assert(!sender.sack(2, [[4, 6]]), "never sent");
  assert(!sender.sack(2, [[4, 2 + 0xffff]]), "never sent");
  assert(!sender.sack(2, [[3, 3]]), "missing and there");
  assert(!sender.sack(-(2 ** 31)));
  assertEquals(sender.outbound.bufferedBytes, before);
});

Deno.test("a packet is never larger than the MTU", () => {
  const sender = new Sender();
  for (let bytes = 1; bytes < 3000; bytes += 7) sender.queue(1, bytes);
  const writer = new PacketWriter();
  for (let i = 0; i < 200; i++) {
    writer.begin(1);
    if (i % 2 === 0) writer.chunk(chunk(ChunkType.error, new Uint8Array(4 * i)));
    sender.outbound.fill(writer, sender.now);
    const { length } = writer.finish();
    assert(length <= SCTP_MTU && length % 4 === 0, `${length} bytes`);
    sender.sack(i + 1);
  }
});

Deno.test("on a new path, data in flight is sent again at once and without back-off", () => {
  const sender = new Sender();
  sender.queue(3);
  sender.packets();
  for (let i = 0; i < 3; i++) {
    sender.timeout();
    sender.packets();
  }
  sender.now += 1;
  sender.outbound.pathChanged(sender.now);
  assertEquals(sender.packets(), [[1], [2], [3]]);
  assertEquals(sender.outbound.deadline, sender.now + SCTP_RTO_MS.initial);
  // A retransmission over the new path is not measured (§6.3.1, C5).
  sender.now += 300;
  sender.sack(3);
  assertEquals(sender.outbound.rto, SCTP_RTO_MS.initial);
});

Deno.test("a new path changes nothing if no data is in flight", () => {
  const sender = new Sender();
  sender.outbound.pathChanged(sender.now);
  assertEquals([sender.packets(), sender.outbound.deadline], [[], undefined]);
});
