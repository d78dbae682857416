import { RTCSctpTransport } from "werift";
import { SctpAssociation } from "../../relaycore/sctp/association.ts";
import { BUFFERED_MESSAGE_OVERHEAD_BYTES, MAX_BUFFERED_BYTES } from "../../relaycore/limits.ts";
import { assert, assertEquals } from "../assert.ts";
import {
  bytes,
  chunk,
  ChunkType,
  concat,
  parameter,
  read,
  sack,
  SctpPeer,
  type SctpPeerOptions,
} from "./support/sctp_peer.ts";

/** The hub's association and a client, joined without a network. */
class Pair {
  readonly hub: SctpAssociation;
  readonly peer: SctpPeer;
  readonly messages: string[] = [];
  readonly resets: number[] = [];
  readonly ends: string[] = [];
  /** How many packets the hub has sent. */
  sent = 0;

  private constructor(options: SctpPeerOptions) {
    this.hub = new SctpAssociation({
      send: (packet) => {
        this.sent++;
        queueMicrotask(() => this.peer.receive(packet));
      },
      message: (_stream, _protocol, data) => this.messages.push(new TextDecoder().decode(data)),
      streamsReset: (ids) => this.resets.push(...ids),
      ended: (reason) => this.ends.push(reason),
    });
    this.peer = new SctpPeer((packet) => this.hub.receive(packet), options);
  }

  static async connect(options: SctpPeerOptions = {}): Promise<Pair> {
    const pair = new Pair(options);
    pair.peer.connect();
    await settled();
    assert(pair.peer.isOpen);
    return pair;
  }

  [Symbol.dispose]() {
    this.hub.close();
  }
}

/** Waits until nothing is left to do but timers. */
async function settled(): Promise<void> {
  for (let i = 0; i < 3; i++) await new Promise((resolve) => setTimeout(resolve));
}

/** The cumulative TSN of the last SACK. */
function acknowledged(peer: SctpPeer): number | undefined {
  const last = peer.received.filter(({ type }) => type === ChunkType.sack).at(-1);
  return last && read(last.body, 0, 4);
}

Deno.test("loss where TSNs pass a power of ten does not stall the association", async () => {
  using pair = await Pair.connect({ initialTsn: 998 });
  const { peer } = pair;
  const chunks = ["a", "b", "c", "d"].map((text) => peer.next(text));
  for (const late of [3, 2, 1, 0]) peer.send(chunks[late]);
  await settled();
  assertEquals(pair.messages, ["a", "b", "c", "d"]);
  assertEquals(acknowledged(peer), 1001);
});

Deno.test("loss where TSNs wrap around does not stall the association", async () => {
  using pair = await Pair.connect({ initialTsn: 2 ** 32 - 2 });
  const { peer } = pair;
  const chunks = ["a", "b", "c", "d"].map((text) => peer.next(text));
  for (const late of [1, 3, 2, 0]) {
    peer.send(chunks[late]);
    await settled();
  }
  assertEquals(pair.messages, ["a", "b", "c", "d"]);
  assertEquals(acknowledged(peer), 1);
});

Deno.test("an INIT that is repeated late does not reset the association", async () => {
  using pair = await Pair.connect();
  const { peer } = pair;
  peer.send(peer.next("a"));
  peer.connect();
  peer.send(chunk(ChunkType.cookieEcho, peer.cookie));
  peer.send(peer.next("b"));
  await settled();
  assertEquals(pair.messages, ["a", "b"]);
  assertEquals(acknowledged(peer), peer.nextTsn - 1);
});

Deno.test("an INIT before the cookie may be repeated, with other TSNs too", async () => {
  const messages: string[] = [];
  const out: Uint8Array[] = [];
  const hub = new SctpAssociation({
    send: (packet) => out.push(packet),
    message: (_stream, _protocol, data) => messages.push(new TextDecoder().decode(data)),
    streamsReset: () => {},
    ended: () => {},
  });
  for (const initialTsn of [5, 7]) {
    const peer = new SctpPeer((packet) => hub.receive(packet), { initialTsn });
    peer.connect();
    await settled();
    if (initialTsn === 7) {
      peer.receive(out.at(-1)!);
      peer.send(peer.next("hello"));
    }
  }
  await settled();
  assertEquals(messages, ["hello"]);
  hub.close();
});

Deno.test("nothing that follows an ABORT in its packet wakes the association up again", async () => {
  // Awake, it would send heartbeats for ever. Only werift itself can tell.
  let sctp: { timerHeartbeatHandle?: unknown } | undefined;
  const original = RTCSctpTransport.prototype.setDtlsTransport;
  RTCSctpTransport.prototype.setDtlsTransport = function (transport) {
    original.call(this, transport);
    sctp = this.sctp as unknown as typeof sctp;
  };
  using pair = await Pair.connect();
  RTCSctpTransport.prototype.setDtlsTransport = original;
  const { peer } = pair;
  assert(sctp!.timerHeartbeatHandle !== undefined);
  peer.send(
    chunk(ChunkType.abort, new Uint8Array()),
    chunk(ChunkType.cookieEcho, peer.cookie),
    peer.next("from the grave"),
  );
  await settled();
  assertEquals(pair.ends, ["closed by the guest"]);
  assertEquals(pair.messages, []);
  assertEquals(sctp!.timerHeartbeatHandle, undefined);
});

Deno.test("a SACK for what was never sent acknowledges nothing", async () => {
  using pair = await Pair.connect({ acknowledges: false });
  const { peer, hub } = pair;
  hub.send(0, 51, new TextEncoder().encode("hello"));
  await settled();
  const sent = pair.sent;
  peer.send(sack(peer.peerTsn + 1_000_000));
  peer.send(sack((peer.peerInitialTsn + 2 ** 31 - 2) >>> 0));
  peer.send(sack(peer.peerInitialTsn - 1, [[2, 4000]]));
  await settled();
  // Had it been believed, everything would count as acknowledged before it is sent.
  const large = new Uint8Array(200_000);
  for (let i = 0; i < 30; i++) hub.send(0, 51, large);
  assertEquals(pair.ends, ["does not read what it is sent"]);
  assert(pair.sent > sent);
});

Deno.test("many small messages that are not acknowledged count for more than their bytes", async () => {
  using pair = await Pair.connect({ acknowledges: false });
  const most = MAX_BUFFERED_BYTES / BUFFERED_MESSAGE_OVERHEAD_BYTES;
  let queued = 0;
  while (pair.ends.length === 0 && queued <= most) {
    pair.hub.send(0, 51, new Uint8Array(1));
    queued++;
  }
  assertEquals(pair.ends, ["does not read what it is sent"]);
  assert(queued > most / 2, "there is room for thousands");
});

Deno.test("acknowledged messages count no longer", async () => {
  using pair = await Pair.connect();
  for (let i = 0; i < 8; i++) {
    for (let j = 0; j < 1000; j++) pair.hub.send(0, 51, new Uint8Array(1));
    await new Promise((resolve) => setTimeout(resolve, 20));
    while (pair.peer.messages.length < 1000 * (i + 1)) await settled();
  }
  assertEquals(pair.ends, []);
});

Deno.test("FORWARD-TSN over 65,536 streams, stream resets and added streams in loops cost nothing", async () => {
  using pair = await Pair.connect();
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
  await settled();
  assertEquals(acknowledged(peer), peer.nextTsn - 1);
  peer.send(peer.next("still here"));
  await settled();
  assertEquals(pair.messages, ["still here"]);
  assertEquals(pair.ends, []);
});

Deno.test("a packet cannot ask for more answers than peers do", async () => {
  using pair = await Pair.connect();
  const { peer } = pair;
  const before = pair.sent;
  const heartbeat = chunk(ChunkType.heartbeat, parameter(1, new Uint8Array(4)));
  peer.send(...Array.from({ length: 100 }, () => heartbeat));
  peer.send(chunk(
    ChunkType.heartbeat,
    concat(...Array.from({ length: 100 }, () => parameter(1, new Uint8Array()))),
  ));
  peer.send(...Array.from({ length: 3 }, () => sack(peer.peerTsn, [[1, 4000]])));
  await settled();
  assertEquals(pair.sent, before);
  peer.send(heartbeat, heartbeat);
  await settled();
  assertEquals(pair.sent, before + 2);
});

Deno.test("a HEARTBEAT of the largest size is answered with the same bytes", async () => {
  using pair = await Pair.connect();
  const { peer } = pair;
  const info = parameter(1, new Uint8Array(1200).fill(7));
  peer.send(chunk(ChunkType.heartbeat, info));
  await settled();
  const answer = peer.received.find(({ type }) => type === ChunkType.heartbeatAck);
  assertEquals(new Uint8Array(answer!.body), info);
});

Deno.test("chunks of unknown types, whatever their action bits say, do no harm", async () => {
  using pair = await Pair.connect();
  const { peer } = pair;
  for (let type = 0; type < 256; type++) {
    if (!(Object.values(ChunkType) as number[]).includes(type)) {
      peer.send(chunk(type, new Uint8Array(8)));
    }
  }
  peer.send(peer.next("still here"));
  await settled();
  assertEquals(pair.messages, ["still here"]);
});

Deno.test("chunks of no length, and DATA without any, do no harm", async () => {
  using pair = await Pair.connect();
  const { peer } = pair;
  for (const type of Object.values(ChunkType)) {
    for (const length of [0, 1, 2, 3]) peer.send(bytes([1, type], [1, 0], [2, length]));
  }
  peer.send(chunk(ChunkType.data, bytes([4, peer.nextTsn], [2, 0], [2, 0], [4, 51]), 3));
  peer.send(peer.next("still here"));
  await settled();
  assertEquals(pair.messages, ["still here"]);
});

Deno.test("a message over 256 KiB ends the association before all of it is there", async () => {
  using pair = await Pair.connect();
  const { peer } = pair;
  let flags = 2;
  for (let i = 0; i < 300 && pair.ends.length === 0; i++, flags = 0) {
    peer.send(peer.next(new Uint8Array(1100), { flags }));
    if (i % 50 === 0) await settled();
  }
  assertEquals(pair.ends, ["sent a message over 256 KiB"]);
});

Deno.test("two thousand gaps, which werift would sort for every chunk, make one small SACK for a packet", async () => {
  using pair = await Pair.connect();
  const { peer } = pair;
  const first = peer.nextTsn;
  // Every second TSN: werift sorts all it has as text, for each chunk anew.
  let packets = 0;
  for (let step = 1; step < 2048; step += 64) {
    const chunks = Array.from(
      { length: 64 },
      (_, i) => peer.next("x", { tsn: first + 2 * (step + i) }),
    );
    peer.send(...chunks);
    packets++;
    await settled();
  }
  const sacks = peer.received.filter(({ type }) => type === ChunkType.sack);
  assertEquals(sacks.length, packets, "one SACK for a packet");
  for (const { body } of sacks) assert(body.length < 1200, "and it fits into one");
});
