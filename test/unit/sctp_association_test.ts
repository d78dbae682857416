import {
  BUFFERED_MESSAGE_OVERHEAD_BYTES,
  MAX_BUFFERED_BYTES,
  SCTP_WINDOW_BYTES,
} from "../../relaycore/limits.ts";
import { assert, assertEquals } from "../support/assert.ts";
import { SctpPair } from "./support/sctp_hub.ts";
import {
  bytes,
  chunk,
  chunksOf,
  ChunkType,
  concat,
  data,
  dataChannelOpen,
  packet,
  parameter,
  read,
  sack,
  SctpPeer,
} from "../support/sctp_peer.ts";

const ERROR = ChunkType.error;

Deno.test("loss at a power of ten of the TSN does not stall the association", () => {
  using pair = SctpPair.connect({ initialTsn: 998 });
  const { peer } = pair;
  const chunks = ["a", "b", "c", "d"].map((text) => peer.next(text));
  for (const late of [3, 2, 1, 0]) peer.send(chunks[late]);
  pair.settle();
  assertEquals(pair.messages, ["a", "b", "c", "d"]);
  assertEquals(pair.acknowledged, 1001);
});

Deno.test("loss at the wrap-around of the TSN does not stall the association", () => {
  using pair = SctpPair.connect({ initialTsn: 2 ** 32 - 2 });
  const { peer } = pair;
  const chunks = ["a", "b", "c", "d"].map((text) => peer.next(text));
  for (const late of [1, 3, 2, 0]) {
    peer.send(chunks[late]);
    pair.settle();
  }
  assertEquals(pair.messages, ["a", "b", "c", "d"]);
  assertEquals(pair.acknowledged, 1);
});

Deno.test("a late repeated INIT does not reset the association", () => {
  using pair = SctpPair.connect();
  const { peer } = pair;
  peer.send(peer.next("a"));
  peer.connect();
  peer.send(chunk(ChunkType.cookieEcho, peer.cookie));
  peer.send(peer.next("b"));
  pair.settle();
  assertEquals(pair.messages, ["a", "b"]);
  assertEquals(pair.acknowledged, peer.nextTsn - 1);
});

Deno.test("an INIT may be repeated before the cookie, even with other TSNs", () => {
  using pair = new SctpPair({ initialTsn: 7 });
  const earlier = new SctpPeer((packet) => pair.toHub(packet), { initialTsn: 5 });
  pair.arrives = () => false;
  earlier.connect();
  pair.settle();
  pair.arrives = () => true;
  pair.peer.connect();
  pair.settle();
  pair.peer.send(pair.peer.next("hello"));
  pair.settle();
  assertEquals(pair.messages, ["hello"]);
});

Deno.test("a guest whose INIT timer expires too early can still use the first INIT ACK", () => {
  using pair = new SctpPair();
  const { peer } = pair;
  const answers: Uint8Array[] = [];
  for (let i = 0; i < 2; i++) {
    peer.connect();
    pair.hub.poll(pair.now, (packet) => answers.push(packet.slice()));
    pair.now += 1000;
  }
  assertEquals(answers.length, 2);
  // In the state COOKIE-ECHOED a guest discards the second INIT ACK (RFC 9260 §5.2.3).
  peer.receive(answers[0]);
  pair.settle();
  assert(peer.isOpen, "the association is set up");
  peer.send(peer.next("hello"));
  assertEquals(pair.messages, ["hello"]);
  assert(pair.send("hello"));
  pair.settle();
  assertEquals(peer.messages.length, 1);
});

Deno.test("chunks after an ABORT in the same packet have no effect", () => {
  using pair = SctpPair.connect();
  const { peer } = pair;
  const before = pair.sent.length;
  peer.send(
    chunk(ChunkType.abort, new Uint8Array()),
    chunk(ChunkType.cookieEcho, peer.cookie),
    peer.next("from the grave"),
  );
  pair.run(100_000);
  assertEquals(pair.ends, ["closed by the guest"]);
  assertEquals(pair.messages, []);
  assertEquals(pair.sent.length, before, "and it is silent");
  assertEquals(pair.hub.nextDeadline, undefined);
});

Deno.test("a SACK for unsent data acknowledges nothing", () => {
  using pair = SctpPair.connect({ acknowledges: false });
  const { peer } = pair;
  pair.send("hello");
  pair.settle();
  peer.send(sack(peer.peerTsn + 1_000_000));
  peer.send(sack((peer.peerInitialTsn + 2 ** 31 - 2) >>> 0));
  peer.send(sack(peer.peerInitialTsn - 1, [[2, 4000]]));
  peer.send(sack(peer.peerInitialTsn - 1, [[1, 1]]));
  pair.settle();
  // If the hub believed it, data would count as acknowledged before it is sent.
  const large = new Uint8Array(200_000);
  let queued = 0;
  while (queued < 30 && pair.send(large)) queued++;
  assertEquals(queued, Math.floor(MAX_BUFFERED_BYTES / (200_000 + 1024)));
  assert(pair.sent.length > 2);
});

Deno.test("unacknowledged small messages count for more than their bytes", () => {
  using pair = SctpPair.connect({ acknowledges: false });
  const most = MAX_BUFFERED_BYTES / BUFFERED_MESSAGE_OVERHEAD_BYTES;
  let queued = 0;
  while (queued <= most && pair.send("x")) queued++;
  assert(queued < most);
  assert(queued > most / 2, "there is room for thousands");
});

Deno.test("acknowledged messages no longer count", () => {
  using pair = SctpPair.connect();
  for (let i = 0; i < 8; i++) {
    for (let j = 0; j < 1000; j++) assert(pair.send("x"));
    pair.run(1000);
    assertEquals(pair.peer.messages.length, 1000 * (i + 1));
  }
});

Deno.test("endless FORWARD-TSNs, stream resets and added streams use no more memory", () => {
  using pair = SctpPair.connect();
  const { peer } = pair;
  for (let stream = 0; stream < 65_536; stream += 256) {
    peer.nextTsn += 1;
    const streams = Array.from({ length: 256 }, (_, i) => [[2, stream + i], [2, 9]] as const);
    peer.send(chunk(ChunkType.forwardTsn, bytes([4, peer.nextTsn - 1], ...streams.flat())));
    peer.send(chunk(
      ChunkType.reconfig,
      parameter(13, bytes([4, stream], [4, 0], [4, 0], [2, stream], [2, stream + 1])),
    ));
    peer.send(chunk(ChunkType.reconfig, parameter(17, bytes([4, stream], [2, 65_535], [2, 0]))));
  }
  pair.settle();
  assertEquals(pair.acknowledged, peer.nextTsn - 1);
  peer.send(peer.next("still here"));
  pair.settle();
  assertEquals(pair.messages, ["still here"]);
  assertEquals(pair.ends, []);
});

Deno.test("one packet can cause only a few answers", () => {
  using pair = SctpPair.connect();
  const { peer } = pair;
  const before = pair.sent.length;
  const heartbeat = chunk(ChunkType.heartbeat, parameter(1, new Uint8Array(4)));
  peer.send(...Array.from({ length: 100 }, () => heartbeat));
  peer.send(chunk(
    ChunkType.heartbeat,
    concat(...Array.from({ length: 100 }, () => parameter(1, new Uint8Array()))),
  ));
  peer.send(...Array.from({ length: 3 }, () => sack(peer.peerTsn, [[1, 4000]])));
  pair.settle();
  assertEquals(pair.sent.length, before);
  peer.send(heartbeat, heartbeat);
  pair.settle();
  assertEquals(pair.typesSince(before), [[5, 5]]);
});

Deno.test("a HEARTBEAT of the largest size is answered with the same bytes", () => {
  using pair = SctpPair.connect();
  const { peer } = pair;
  const info = parameter(1, new Uint8Array(1200).fill(7));
  peer.send(chunk(ChunkType.heartbeat, info));
  pair.settle();
  const answer = peer.received.find(({ type }) => type === ChunkType.heartbeatAck);
  assertEquals(new Uint8Array(answer!.body), info);
});

Deno.test("chunks of unknown types with any action bits do no harm", () => {
  using pair = SctpPair.connect();
  const { peer } = pair;
  for (let type = 0; type < 256; type++) {
    if (!(Object.values(ChunkType) as number[]).includes(type)) {
      peer.send(chunk(type, new Uint8Array(8)));
    }
  }
  peer.send(peer.next("still here"));
  pair.settle();
  assertEquals(pair.messages, ["still here"]);
});

Deno.test("chunks of length 0 and empty DATA do no harm", () => {
  using pair = SctpPair.connect();
  const { peer } = pair;
  for (const type of Object.values(ChunkType)) {
    for (const length of [0, 1, 2, 3]) peer.send(bytes([1, type], [1, 0], [2, length]));
  }
  peer.send(chunk(ChunkType.data, bytes([4, peer.nextTsn], [2, 0], [2, 0], [4, 51]), 3));
  peer.send(peer.next("still here"));
  pair.settle();
  assertEquals(pair.messages, ["still here"]);
});

Deno.test("a message over 256 KiB ends the association before it is complete", () => {
  using pair = SctpPair.connect();
  const { peer } = pair;
  let flags = 2;
  for (let i = 0; i < 300 && pair.ends.length === 0; i++, flags = 0) {
    peer.send(peer.next(new Uint8Array(1100), { flags }));
    if (i % 50 === 0) pair.settle();
  }
  assertEquals(pair.ends, ["sent a message over 256 KiB"]);
});

Deno.test("two thousand gaps cause one small SACK for a packet", () => {
  using pair = SctpPair.connect();
  const { peer } = pair;
  const first = peer.nextTsn;
  // Every second TSN.
  let packets = 0;
  for (let step = 1; step < 2048; step += 64) {
    const chunks = Array.from(
      { length: 64 },
      (_, i) => peer.next("x", { tsn: first + 2 * (step + i) }),
    );
    peer.send(...chunks);
    packets++;
    pair.settle();
  }
  const sacks = peer.received.filter(({ type }) => type === ChunkType.sack);
  assertEquals(sacks.length, packets, "one SACK for a packet");
  for (const { body } of sacks) assert(body.length < 1200, "and it fits into one");
});

Deno.test("the window in the INIT ACK and in SACKs is the hub's own", () => {
  using pair = new SctpPair();
  pair.arrives = () => false;
  pair.peer.connect();
  pair.settle();
  const [initAck] = chunksOf(pair.sent[0].bytes);
  assertEquals(initAck.type, ChunkType.initAck);
  assertEquals(read(initAck.body, 4, 4), SCTP_WINDOW_BYTES.max);
});

Deno.test("DATA before the cookie is neither delivered nor acknowledged", () => {
  using pair = new SctpPair();
  const { peer } = pair;
  pair.arrives = () => false;
  peer.connect();
  pair.settle();
  const initAck = pair.sent[0].bytes;
  const tag = read(chunksOf(initAck)[0].body, 0, 4);
  pair.toHub(packet(tag, peer.next(dataChannelOpen("hub"), { protocol: 50 })));
  pair.run(1000);
  assertEquals([pair.messages, pair.sent.length], [[], 1]);
  // The same DATA after the cookie opens the channel.
  peer.nextTsn = peer.initialTsn;
  pair.arrives = () => true;
  peer.receive(initAck);
  peer.send(peer.next("hello"));
  pair.settle();
  assertEquals(pair.messages, ["hello"]);
});

Deno.test("DATA in the same packet as the cookie is delivered", () => {
  using pair = new SctpPair();
  const { peer } = pair;
  pair.arrives = () => false;
  peer.connect();
  pair.settle();
  const [{ body }] = chunksOf(pair.sent[0].bytes);
  const cookieAt = [...body].findIndex((_, i) => i % 4 === 0 && i >= 16 && read(body, i, 2) === 7);
  const cookie = body.slice(cookieAt + 4, cookieAt + read(body, cookieAt + 2, 2));
  pair.toHub(packet(read(body, 0, 4), chunk(ChunkType.cookieEcho, cookie), peer.next("hello")));
  pair.run(200);
  assertEquals(pair.messages, ["hello"]);
  assertEquals(pair.typesSince(1)[0], [ChunkType.cookieAck, ChunkType.sack], "in one packet");
});

Deno.test("a cookie is valid even if the wall clock was set in between", () => {
  const now = Date.now;
  try {
    for (const step of [-3_600_000, -1000, 3_600_000]) {
      Date.now = now;
      using pair = new SctpPair();
      const answers: Uint8Array[] = [];
      pair.arrives = () => false;
      pair.peer.connect();
      pair.settle();
      answers.push(pair.sent[0].bytes);
      Date.now = () => now() + step;
      pair.arrives = () => true;
      pair.peer.receive(answers[0]);
      pair.settle();
      assert(pair.peer.isOpen, `after a step of ${step} ms`);
      pair.peer.send(pair.peer.next("hello"));
      assertEquals(pair.messages, ["hello"]);
    }
  } finally {
    Date.now = now;
  }
});

Deno.test("a forged cookie, or one that is over a minute old, is refused", () => {
  const now = Date.now;
  try {
    using pair = new SctpPair();
    const { peer } = pair;
    pair.arrives = () => false;
    peer.connect();
    pair.settle();
    const [{ body }] = chunksOf(pair.sent[0].bytes);
    const cookieAt = [...body].findIndex((_, i) =>
      i >= 16 && i % 4 === 0 && read(body, i, 2) === 7
    );
    const cookie = body.slice(cookieAt + 4, cookieAt + 28);
    const tag = read(body, 0, 4);
    const echo = (value: Uint8Array) => pair.toHub(packet(tag, chunk(ChunkType.cookieEcho, value)));
    for (const at of [0, 5, 23]) echo(cookie.map((byte, i) => i === at ? byte ^ 1 : byte));
    pair.run(0);
    Date.now = () => now() + 61_000;
    pair.now += 61_000;
    echo(cookie);
    pair.settle();
    pair.toHub(packet(tag, peer.next("hello")));
    assertEquals(pair.messages, []);
  } finally {
    Date.now = now;
  }
});

Deno.test("an unknown chunk's type decides whether later chunks are read, and whether it is reported", () => {
  const PAD = 132;
  for (
    const [type, isRead, isReported] of [
      [63, false, false],
      [64, false, true],
      [PAD, true, false],
      [193, true, true],
    ] as const
  ) {
    using pair = SctpPair.connect();
    const before = pair.sent.length;
    const { peer } = pair;
    peer.send(peer.next("first"), chunk(type, new Uint8Array([1, 2, 3])), peer.next("second"));
    pair.run(500);
    assertEquals(pair.messages, isRead ? ["first", "second"] : ["first"], `type ${type}`);
    const errors = pair.sent.slice(before).flatMap(({ bytes }) => chunksOf(bytes))
      .filter((received) => received.type === ERROR);
    assertEquals(
      errors.map(({ body }) => [...body]),
      isReported ? [[0, 6, 0, 11, type, 0, 0, 7, 1, 2, 3]] : [],
    );
  }
});

Deno.test("a SACK waits for a second packet, for DATA or for a moment, but not if there is a gap", () => {
  using pair = SctpPair.connect();
  const { peer } = pair;
  let mark = pair.sent.length;
  peer.send(peer.next("a"));
  pair.settle();
  assertEquals(pair.sent.length, mark, "the first waits");
  peer.send(peer.next("b"));
  pair.settle();
  assertEquals(pair.typesSince(mark), [[ChunkType.sack]], "the second does not");

  mark = pair.sent.length;
  peer.send(peer.next("c"));
  pair.run(200);
  assertEquals(pair.typesSince(mark), [[ChunkType.sack]], "nor one for long");
  assertEquals(pair.acknowledged, peer.nextTsn - 1);

  mark = pair.sent.length;
  peer.send(peer.next("d"));
  pair.send("answer");
  pair.settle();
  assertEquals(pair.typesSince(mark), [[ChunkType.sack, ChunkType.data]]);
  pair.run(1000);
  assertEquals(pair.sent.length, mark + 1, "it is not said again");

  mark = pair.sent.length;
  peer.nextTsn++;
  peer.send(peer.next("behind a gap"));
  pair.settle();
  assertEquals(pair.typesSince(mark), [[ChunkType.sack]]);
  peer.send(data({ tsn: peer.nextTsn - 2, payload: bytes([1, 101]) }));
  pair.settle();
  assertEquals(pair.typesSince(mark), [[ChunkType.sack], [ChunkType.sack]], "nor to close one");
});

Deno.test("messages that are sent together share packets, up to the MTU", () => {
  using pair = SctpPair.connect();
  const mark = pair.sent.length;
  for (let i = 0; i < 100; i++) pair.send(`message number ${i}`);
  pair.settle();
  const packets = pair.sent.slice(mark);
  assertEquals(pair.peer.messages.length, 100);
  assert(packets.length < 6, `${packets.length} packets`);
  for (const { bytes } of packets) assert(bytes.length <= 1188);
});

Deno.test("SHUTDOWN is acknowledged, and ends the association", () => {
  using pair = SctpPair.connect();
  const mark = pair.sent.length;
  pair.peer.send(chunk(ChunkType.shutdown, bytes([4, pair.peer.peerTsn])));
  pair.run(100_000);
  assertEquals(pair.ends, ["closed by the guest"]);
  assertEquals(pair.typesSince(mark), [[ChunkType.shutdownAck]]);
});

Deno.test("closing an open association sends one ABORT, and closing one that is not open sends nothing", () => {
  using open = SctpPair.connect();
  const mark = open.sent.length;
  open.hub.close();
  open.hub.close();
  open.run(100_000);
  assertEquals(open.typesSince(mark), [[ChunkType.abort]]);
  assert(open.peer.isAborted);
  assertEquals(open.ends, [], "who closes is not told");

  using half = new SctpPair();
  half.arrives = () => false;
  half.peer.connect();
  half.hub.close();
  half.run(100_000);
  assertEquals(half.sent, []);
});

Deno.test("an ABORT with the reflected tag ends the association, but not with another tag", () => {
  using pair = SctpPair.connect({ tag: 99 });
  const abort = (flags: number) => chunk(ChunkType.abort, new Uint8Array(), flags);
  pair.toHub(packet(99, abort(0)));
  pair.toHub(packet(98, abort(1)));
  pair.toHub(packet(pair.peer.peerTag ^ 1, abort(0)));
  assertEquals(pair.ends, []);
  pair.toHub(packet(99, abort(1)));
  assertEquals(pair.ends, ["closed by the guest"]);
});

Deno.test("a seventeenth stream ends the association, but streams that were reset do not count", () => {
  using pair = SctpPair.connect();
  const { peer } = pair;
  let request = peer.initialTsn;
  const reset = (...streams: number[]) =>
    peer.send(chunk(
      ChunkType.reconfig,
      parameter(
        13,
        bytes(
          [4, request++],
          [4, 0],
          [4, peer.nextTsn - 1],
          ...streams.map((id) => [2, id] as const),
        ),
      ),
    ));
  for (let round = 0; round < 5; round++) {
    for (let stream = 0; stream < 16; stream++) {
      peer.send(peer.next("x", { stream: 20 * round + stream }));
    }
    reset(...Array.from({ length: 16 }, (_, i) => 20 * round + i));
    pair.settle();
  }
  assertEquals(pair.ends, []);
  for (let stream = 0; stream < 17; stream++) peer.send(peer.next("x", { stream }));
  assertEquals(pair.ends, ["too many streams"]);
});

Deno.test("a guest that leaves the hub's side of its closed streams open is ended", () => {
  for (const answers of [true, false]) {
    using pair = SctpPair.connect();
    const { peer } = pair;
    let answered = 0;
    for (let stream = 0; stream < 100; stream++) {
      peer.send(peer.next("x", { stream }));
      pair.hub.send(stream, 51, Uint8Array.of(1));
      pair.settle();
      const request = bytes([4, peer.initialTsn + stream], [4, 0], [4, peer.nextTsn - 1], [
        2,
        stream,
      ]);
      peer.send(chunk(ChunkType.reconfig, parameter(13, request)));
      pair.settle();
      if (!answers) continue;
      const sequence = bytes([4, peer.peerInitialTsn + answered++], [4, 1]);
      peer.send(chunk(ChunkType.reconfig, parameter(16, sequence)));
      pair.settle();
    }
    assertEquals(pair.ends, answers ? [] : ["too many streams"]);
  }
});

Deno.test("the work for a packet is complete when the call returns, so its cost can be measured", () => {
  using pair = SctpPair.connect();
  const { peer } = pair;
  for (let i = 0; i < 300; i++) {
    peer.send(...Array.from({ length: 60 }, (_, n) => peer.next(`${n}`)));
    assertEquals(pair.messages.length, 60 * (i + 1));
  }
});
