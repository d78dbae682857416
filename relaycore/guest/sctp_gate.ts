/**
 * Decides whether an SCTP packet is safe to hand to werift (RFC 9260 §3). werift trusts lengths: a
 * chunk or parameter of length 0 makes it loop for ever, a gap block can make it count to 65,535
 * per four bytes, an unknown chunk makes it throw. Every packet of a guest passes here first.
 *
 * @module
 */

import { MAX_MISORDERED_CHUNKS } from "../limits.ts";

const COMMON_HEADER_LENGTH = 12;
const CHUNK_HEADER_LENGTH = 4;

/** Chunk types (RFC 9260 §3.2, RFC 6525, RFC 3758). */
const Chunk = {
  data: 0,
  init: 1,
  initAck: 2,
  sack: 3,
  heartbeat: 4,
  heartbeatAck: 5,
  abort: 6,
  shutdown: 7,
  shutdownAck: 8,
  error: 9,
  cookieEcho: 10,
  cookieAck: 11,
  shutdownComplete: 14,
  reconfig: 130,
  forwardTsn: 192,
} as const;

/** Bytes of fixed fields after the chunk header, for each type that may pass. */
const FIXED_LENGTH: Readonly<Record<number, number>> = {
  [Chunk.data]: 12,
  [Chunk.init]: 16,
  [Chunk.initAck]: 16,
  [Chunk.sack]: 12,
  [Chunk.heartbeat]: 0,
  [Chunk.heartbeatAck]: 0,
  [Chunk.abort]: 0,
  [Chunk.shutdown]: 4,
  [Chunk.shutdownAck]: 0,
  [Chunk.error]: 0,
  [Chunk.cookieEcho]: 0,
  [Chunk.cookieAck]: 0,
  [Chunk.shutdownComplete]: 0,
  [Chunk.reconfig]: 0,
  [Chunk.forwardTsn]: 4,
};

/** Types whose fixed fields are followed by parameters (type, length, value). */
const HAS_PARAMETERS: ReadonlySet<number> = new Set([
  Chunk.init,
  Chunk.initAck,
  Chunk.heartbeat,
  Chunk.heartbeatAck,
  Chunk.abort,
  Chunk.error,
  Chunk.reconfig,
]);

/**
 * Whether the packet is well-formed down to its parameters and consists of chunks that werift knows.
 *
 * @param packet one SCTP packet, checksum not yet verified.
 */
export function isSafeSctpPacket(packet: Uint8Array): boolean {
  if (packet.length < COMMON_HEADER_LENGTH + CHUNK_HEADER_LENGTH) return false;
  const view = new DataView(packet.buffer, packet.byteOffset, packet.byteLength);
  let offset = COMMON_HEADER_LENGTH;
  while (offset < packet.length) {
    if (offset + CHUNK_HEADER_LENGTH > packet.length) return false;
    const type = packet[offset];
    const length = view.getUint16(offset + 2);
    const end = offset + length;
    const fixed = FIXED_LENGTH[type];
    if (fixed === undefined || length < CHUNK_HEADER_LENGTH + fixed || end > packet.length) {
      return false;
    }
    const body = offset + CHUNK_HEADER_LENGTH + fixed;
    if (type === Chunk.data && body === end) return false;
    if (type === Chunk.sack && !isSafeSack(view, offset + CHUNK_HEADER_LENGTH, end)) return false;
    if (type === Chunk.forwardTsn && (end - body) % 4 !== 0) return false;
    if (HAS_PARAMETERS.has(type) && !areSafeParameters(view, body, end)) return false;
    offset = (end + 3) & ~3;
  }
  return true;
}

/** The stream ids of the DATA chunks in a packet that {@link isSafeSctpPacket}. */
export function* dataStreamIds(packet: Uint8Array): Generator<number> {
  const view = new DataView(packet.buffer, packet.byteOffset, packet.byteLength);
  let offset = COMMON_HEADER_LENGTH;
  while (offset < packet.length) {
    if (packet[offset] === Chunk.data) yield view.getUint16(offset + CHUNK_HEADER_LENGTH + 4);
    offset = (offset + view.getUint16(offset + 2) + 3) & ~3;
  }
}

/** Gap blocks must fill the chunk as announced, ascend, and end within what can be in flight. */
function isSafeSack(view: DataView, body: number, end: number): boolean {
  const gaps = view.getUint16(body + 8);
  const duplicates = view.getUint16(body + 10);
  if (body + 12 + 4 * (gaps + duplicates) !== end) return false;
  let previous = 0;
  for (let i = 0; i < gaps; i++) {
    const first = view.getUint16(body + 12 + 4 * i);
    const last = view.getUint16(body + 14 + 4 * i);
    if (first <= previous || last < first || last > 2 * MAX_MISORDERED_CHUNKS) return false;
    previous = last;
  }
  return true;
}

function areSafeParameters(view: DataView, start: number, end: number): boolean {
  let offset = start;
  while (offset < end) {
    if (offset + 4 > end) return false;
    const length = view.getUint16(offset + 2);
    if (length < 4 || offset + length > end) return false;
    offset += (length + 3) & ~3;
  }
  return true;
}
