import { Buffer } from "node:buffer";
import { type DataChunk, InboundData } from "../../relaycore/sctp/inbound.ts";
import {
  MAX_MESSAGE_BYTES,
  MAX_MISORDERED_CHUNKS,
  MAX_REASSEMBLY_BYTES,
  SCTP_WINDOW_BYTES,
} from "../../relaycore/limits.ts";
import { ReceivePool } from "../../relaycore/sctp/receive_pool.ts";
import { assert, assertEquals } from "../assert.ts";
import { Flag, read } from "../support/sctp_peer.ts";

/** A receiver that stores its messages as text. */
class Receiver {
  readonly inbound: InboundData;
  readonly messages: string[] = [];

  constructor(initialTsn: number, pool = new ReceivePool()) {
    this.inbound = new InboundData(initialTsn, pool);
  }

  receive(tsn: number, text: string | Uint8Array, flags: number = Flag.whole, streamId = 0) {
    const userData = typeof text === "string" ? new TextEncoder().encode(text) : text;
    const chunk: DataChunk = { tsn: tsn >>> 0, flags, streamId, protocol: 51, userData };
    return this.inbound.receive(chunk, ({ data }) => this.#deliver(data));
  }

  forward(tsn: number) {
    return this.inbound.forward(tsn >>> 0, ({ data }) => this.#deliver(data));
  }

  /** The SACK as [cumulative TSN, gaps, number of duplicates]. */
  sack(): [number, [number, number][], number] {
    const body = this.inbound.takeSack().subarray(4);
    const gaps: [number, number][] = [];
    for (let i = 0; i < read(body, 8, 2); i++) {
      gaps.push([read(body, 12 + 4 * i, 2), read(body, 14 + 4 * i, 2)]);
    }
    return [read(body, 0, 4), gaps, read(body, 10, 2)];
  }

  window(): number {
    return read(this.inbound.takeSack(), 8, 4);
  }

  #deliver(data: Uint8Array) {
    this.messages.push(data.length > 100 ? `${data.length} bytes` : new TextDecoder().decode(data));
  }
}

Deno.test("TSNs are compared as serial numbers, at powers of ten and at the wrap-around", () => {
  for (const first of [98, 998, 99_998, 999_999_998, 2 ** 31 - 2, 2 ** 32 - 2, 0]) {
    const receiver = new Receiver(first);
    for (const step of [1, 2, 3, 4]) receiver.receive(first + step, `${step}`);
    assertEquals(receiver.messages, [], `nothing passes the gap at ${first}`);
    assertEquals(receiver.sack(), [(first - 1) >>> 0, [[2, 5]], 0]);
    receiver.receive(first, "0");
    assertEquals(receiver.messages, ["0", "1", "2", "3", "4"]);
    assertEquals(receiver.sack(), [(first + 4) >>> 0, [], 0]);
  }
});

Deno.test("chunks in any order give the same messages", () => {
  const chunks: [tsn: number, text: string, flags: number][] = [
    [10, "a", Flag.whole],
    [11, "b1 ", Flag.first],
    [12, "b2 ", 0],
    [13, "b3", Flag.last],
    [14, "c1 ", Flag.first],
    [15, "c2", Flag.last],
  ];
  for (let rotation = 0; rotation < 720; rotation++) {
    const order = [...chunks];
    for (let i = 0, n = rotation; i < order.length; i++) {
      order.push(...order.splice(n % (order.length - i), 1));
      n = Math.floor(n / (order.length - i));
    }
    const receiver = new Receiver(10);
    for (const [tsn, text, flags] of order) receiver.receive(tsn, text, flags);
    assertEquals(receiver.messages, ["a", "b1 b2 b3", "c1 c2"]);
    assertEquals(receiver.sack(), [15, [], 0]);
    assertEquals(receiver.inbound.heldBytes, 0);
  }
});

Deno.test("a repeated chunk is reported as a duplicate once, and delivered once", () => {
  const receiver = new Receiver(1);
  receiver.receive(1, "a");
  receiver.receive(1, "a");
  receiver.receive(3, "c");
  receiver.receive(3, "c");
  assertEquals(receiver.sack(), [1, [[2, 2]], 2]);
  assertEquals(receiver.sack(), [1, [[2, 2]], 0]);
  assertEquals(receiver.messages, ["a"]);
});

Deno.test("gap blocks merge from both sides", () => {
  const receiver = new Receiver(0);
  for (const tsn of [9, 5, 7, 3, 8, 4]) receiver.receive(tsn, "x");
  assertEquals(receiver.sack(), [2 ** 32 - 1, [[4, 6], [8, 10]], 0]);
  receiver.receive(6, "x");
  assertEquals(receiver.sack(), [2 ** 32 - 1, [[4, 10]], 0]);
});

Deno.test("a quarter of a million fragments of one byte use little more than their bytes", () => {
  const receiver = new Receiver(1);
  const byte = new Uint8Array(1);
  let tsn = 1;
  receiver.receive(tsn++, byte, Flag.first);
  while (receiver.inbound.heldBytes < MAX_MESSAGE_BYTES) assert(receiver.receive(tsn++, byte, 0));
  assert(!receiver.receive(tsn, byte, 0), "a message over 256 KiB is refused");
  assertEquals(receiver.window(), SCTP_WINDOW_BYTES.max, "a message may be larger than the window");
});

Deno.test("chunks above a gap are limited in number and bytes, and are retransmitted", () => {
  const many = new Receiver(1);
  for (let i = 0; i < MAX_MISORDERED_CHUNKS + 500; i++) many.receive(3 + 2 * i, "x");
  assertEquals(many.inbound.heldBytes, MAX_MISORDERED_CHUNKS);
  assert(many.inbound.takeSack().length < 1200, "the SACK fits into a packet");

  const large = new Receiver(1);
  const kilobyte = new Uint8Array(1024);
  const fits = MAX_REASSEMBLY_BYTES / kilobyte.length;
  for (let i = 0; i < fits + 100; i++) large.receive(3 + i, kilobyte);
  assertEquals(large.inbound.heldBytes, MAX_REASSEMBLY_BYTES);
  assertEquals(large.window(), 0);
  for (let tsn = 1; tsn < fits + 103; tsn++) large.receive(tsn, kilobyte);
  assertEquals(large.messages.length, fits + 102, "all of it arrives when it is sent again");
  assertEquals(large.inbound.heldBytes, 0);
});

Deno.test("TSNs that a SACK cannot report are dropped", () => {
  const receiver = new Receiver(1);
  for (const tsn of [1 + 0xffff, 100_000, 2 ** 30, 2 ** 31]) receiver.receive(tsn, "x");
  assertEquals(receiver.sack()[1], []);
  receiver.receive(0xffff, "x");
  assertEquals(receiver.sack()[1], [[0xffff, 0xffff]]);
});

Deno.test("FORWARD-TSN skips abandoned chunks, and delivers what has arrived", () => {
  const receiver = new Receiver(1);
  receiver.receive(1, "lost half ", Flag.first);
  receiver.receive(3, "whole");
  receiver.receive(5, "first ", Flag.first);
  receiver.receive(7, "second", Flag.last);
  receiver.receive(9, "later");
  receiver.forward(7);
  assertEquals(receiver.messages, ["whole"]);
  assertEquals(receiver.sack(), [7, [[2, 2]], 0]);
  receiver.receive(8, "next");
  assertEquals(receiver.messages, ["whole", "next", "later"]);
  assertEquals(receiver.inbound.heldBytes, 0);
});

Deno.test("FORWARD-TSN into the past or far into the future changes nothing", () => {
  const receiver = new Receiver(100);
  receiver.receive(100, "a");
  for (const tsn of [99, 100, 0, 100 + 2 ** 31, 100 + 0x10001]) {
    receiver.forward(tsn);
    assertEquals(receiver.sack(), [100, [], 0]);
  }
  receiver.receive(102, "c");
  receiver.forward(101);
  assertEquals(receiver.messages, ["a", "c"]);
});

Deno.test("fragments without a beginning are dropped, and the next message arrives", () => {
  const receiver = new Receiver(1);
  receiver.receive(1, "middle of nothing", 0);
  receiver.receive(2, "end of nothing", Flag.last);
  receiver.receive(3, "begun ", Flag.first);
  receiver.receive(4, "begun again ", Flag.first);
  receiver.receive(5, "on another stream", Flag.last, 1);
  receiver.receive(6, "after all", Flag.last);
  receiver.receive(7, "whole");
  assertEquals(receiver.messages, ["whole"]);
  assertEquals(receiver.sack(), [7, [], 0]);
  assertEquals(receiver.inbound.heldBytes, 0);
});

Deno.test("guests that send large messages at once share the window, and get their part back", () => {
  const pool = new ReceivePool();
  const receivers = Array.from({ length: 20 }, () => new Receiver(1, pool));
  const windows = () => receivers.map((receiver) => receiver.window());
  const { max, pool: all, min } = SCTP_WINDOW_BYTES;
  receivers[0].receive(1, "begun", Flag.first);
  assertEquals(windows()[0], max, "alone it has all that one may have");
  for (const receiver of receivers.slice(1, 4)) receiver.receive(1, "begun", Flag.first);
  assert(windows()[0] * 4 <= all, "four together fit into the buffer");
  for (const receiver of receivers.slice(4)) receiver.receive(1, "begun", Flag.first);
  assertEquals(windows()[0], min);
  receivers.forEach((receiver, i) => {
    if (i % 3 === 0) receiver.receive(2, "whole", Flag.last);
    else if (i % 3 === 1) receiver.inbound.close();
    else receiver.forward(2);
  });
  assertEquals(windows()[0], max);
});

Deno.test("chunks above a gap are copies, for any class of bytes", () => {
  const receiver = new Receiver(1);
  const packet = Buffer.from("....kept....");
  receiver.receive(2, packet.subarray(4, 8));
  packet.fill(0);
  receiver.receive(1, "first");
  assertEquals(receiver.messages, ["first", "kept"]);
});
