/**
 * Makes SCTP chunks that are well-formed, but that no peer would send.
 *
 * @module
 */

import {
  bytes,
  chunk,
  ChunkType,
  concat,
  data,
  dataChannelOpen,
  Flag,
  parameter,
  sack,
  type SctpPeer,
} from "../../support/sctp_peer.ts";
import type { Random } from "../random.ts";

type Shape = (random: Random, peer: SctpPeer) => Uint8Array[];

const SHAPES: Readonly<Record<string, Shape>> = {
  tinyFragments(random, peer) {
    const count = random.pick([1, 8, 50]);
    return Array.from(
      { length: count },
      (_, i) => peer.next(random.bytes(1), { flags: i === 0 ? Flag.first : 0 }),
    );
  },
  gaps(random, peer) {
    const step = random.between(2, 40);
    return Array.from({ length: random.pick([1, 8, 50]) }, (_, i) =>
      data({
        tsn: (peer.nextTsn + 1 + i * step) >>> 0,
        payload: random.bytes(random.pick([1, 4, 20])),
        flags: random.below(8),
      }));
  },
  farTsn(random, peer) {
    const tsn = (peer.nextTsn + random.pick([65_534, 65_535, 65_536, 2 ** 31, 2 ** 32 - 1])) >>> 0;
    return [data({ tsn, payload: random.bytes(8), flags: random.below(8) })];
  },
  otherStream(random, peer) {
    return [peer.next(random.bytes(4), { stream: random.pick([1, 2, 7]), flags: random.below(8) })];
  },
  oddSequence(random, peer) {
    return [peer.next("{}", { sequence: random.number(16), protocol: random.number(8) })];
  },
  open(random, peer) {
    const label = random.pick(["hub", "hub", "", "content", "\u0000", "x".repeat(900)]);
    return [peer.next(dataChannelOpen(label), { protocol: 50, stream: random.pick([0, 1, 2]) })];
  },
  oddSack(random, peer) {
    const top = random.pick([4, 400, 65_535]);
    const gaps = Array.from(
      { length: random.pick([0, 1, 3, 200]) },
      () =>
        random.once(2)
          ? [random.below(top), random.below(top)] as const
          : [random.below(top), top] as const,
    );
    const cumulative = random.once(2)
      ? peer.peerTsn
      : peer.peerTsn + random.pick([1, 9, 1e6, 2 ** 31]);
    return [sack(cumulative >>> 0, gaps, {
      window: random.pick([0, 1, 1 << 20, 2 ** 32 - 1]),
      duplicates: Array.from({ length: random.pick([0, 1, 100]) }, () => random.number(32)),
    })];
  },
  forwardTsn(random, peer) {
    const ahead = random.pick([0, 1, 5, 1000, 65_535, 65_536, 2 ** 31]);
    const streams = Array.from(
      { length: random.pick([0, 1, 300]) },
      () => [[2, random.number(16)], [2, random.number(16)]] as const,
    );
    if (ahead <= 65_535) peer.nextTsn = (peer.nextTsn + ahead) >>> 0;
    return [chunk(
      ChunkType.forwardTsn,
      bytes([4, (peer.nextTsn - 1 + (ahead > 65_535 ? ahead : 0)) >>> 0], ...streams.flat()),
    )];
  },
  reset(random) {
    // Stream 0 rarely, because its reset closes the channel and ends the guest.
    const streams = Array.from(
      { length: random.pick([1, 2, 400]) },
      () => [2, random.once(500) ? 0 : random.between(1, 65_535)] as const,
    );
    return [
      chunk(
        ChunkType.reconfig,
        parameter(13, bytes([4, random.number(32)], [4, 0], [4, 0], ...streams)),
      ),
    ];
  },
  reconfigure(random) {
    const type = random.pick([13, 14, 15, 16, 17, 18, random.number(16)]);
    const size = random.pick([0, 1, 4, 8, 12, 16]);
    // The request number is random and almost never the expected one, so no stream is really reset.
    return [chunk(ChunkType.reconfig, parameter(type, random.bytes(size)))];
  },
  repeatedInit(_random, peer) {
    return [peer.initChunk()];
  },
  repeatedCookie(random, peer) {
    return [
      chunk(ChunkType.cookieEcho, random.once(2) ? peer.cookie : random.bytes(random.below(40))),
    ];
  },
  heartbeat(random) {
    const info = parameter(
      random.pick([1, 2, 0x8000]),
      random.bytes(random.pick([0, 4, 1000, 1900])),
    );
    return [chunk(random.pick([ChunkType.heartbeat, ChunkType.heartbeatAck]), info)];
  },
  manyParameters(random) {
    const one = parameter(random.number(16), random.bytes(random.pick([0, 1, 4])));
    const type = random.pick([ChunkType.heartbeat, ChunkType.error, ChunkType.reconfig]);
    return [chunk(type, concat(...Array.from({ length: random.pick([2, 20, 200]) }, () => one)))];
  },
  unknown(random) {
    const body = random.bytes(random.pick([0, 3, 8, 100]));
    return [chunk(random.pick([12, 13, 15, 63, 64, 127, 128, 132, 191, 194, 255]), body)];
  },
  error(random) {
    return [chunk(ChunkType.error, parameter(random.number(8), random.bytes(random.below(40))))];
  },
  noLength(random) {
    return [bytes([1, random.below(15)], [1, 0], [2, random.below(4)])];
  },
  handshakeOutOfPlace(random) {
    const type = random.pick([
      ChunkType.initAck,
      ChunkType.cookieAck,
      ChunkType.shutdownAck,
      ChunkType.shutdownComplete,
    ]);
    return [chunk(type, random.bytes(random.pick([0, 16, 20])))];
  },
};

/** Shapes that end the association. They are rare, so that associations last. */
const ENDINGS: readonly Shape[] = [
  (random) => [chunk(ChunkType.abort, parameter(12, random.bytes(random.below(20))))],
  (random) => [chunk(ChunkType.shutdown, random.bytes(4))],
  (_random, peer) => [
    chunk(ChunkType.abort, new Uint8Array()),
    chunk(ChunkType.cookieEcho, peer.cookie),
  ],
];

/**
 * Makes chunks for one packet.
 *
 * @param peer the sender. Its next TSN advances with the chunks.
 */
export function chunks(random: Random, peer: SctpPeer): Uint8Array[] {
  if (random.once(400)) return random.pick(ENDINGS)(random, peer);
  const shapes = Object.values(SHAPES);
  const count = random.pick([1, 1, 1, 2, 6]);
  return Array.from({ length: count }, () => random.pick(shapes)(random, peer)).flat();
}
