/**
 * Decides whether an SCTP packet is safe to hand to werift (RFC 9260 §3). werift trusts lengths: a
 * chunk or parameter of length 0 makes it loop for ever, a gap block can make it count to 65,535
 * per four bytes, an unknown chunk makes it throw. It copies all it has for each parameter, and answers
 * each of a thousand chunks in one packet. Every packet of a guest passes here first.
 *
 * @module
 */

import {
  MAX_MISORDERED_CHUNKS,
  MAX_SCTP_CONTROL_CHUNKS,
  MAX_SCTP_PACKET_BYTES,
  MAX_SCTP_PARAMETERS,
} from "../limits.ts";

const COMMON_HEADER_LENGTH = 12;
const CHUNK_HEADER_LENGTH = 4;

/** Chunk types (RFC 9260 §3.2, RFC 6525, RFC 3758). */
export const Chunk = {
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

/** What the owner has to know of a packet. */
export interface SctpPacketSummary {
  /** The streams of its DATA chunks. */
  readonly dataStreamIds: readonly number[];
  /** Whether the guest ends the association with it, in order (RFC 9260 §9.2). */
  readonly hasShutdown: boolean;
}

/**
 * Looks through a packet.
 *
 * @param packet one SCTP packet, checksum not yet verified.
 * @returns undefined unless the packet is well-formed down to its parameters, of a size and with as
 *   many chunks as peers make, all of them known to werift.
 */
export function inspectSctpPacket(packet: Uint8Array): SctpPacketSummary | undefined {
  if (packet.length < COMMON_HEADER_LENGTH + CHUNK_HEADER_LENGTH) return undefined;
  if (packet.length > MAX_SCTP_PACKET_BYTES) return undefined;
  const view = new DataView(packet.buffer, packet.byteOffset, packet.byteLength);
  const dataStreamIds: number[] = [];
  let hasShutdown = false;
  let controlChunks = 0;
  let sacks = 0;
  let parametersLeft = MAX_SCTP_PARAMETERS;
  let offset = COMMON_HEADER_LENGTH;
  while (offset < packet.length) {
    if (offset + CHUNK_HEADER_LENGTH > packet.length) return undefined;
    const type = packet[offset];
    const length = view.getUint16(offset + 2);
    const start = offset + CHUNK_HEADER_LENGTH;
    const end = offset + length;
    const fixed = FIXED_LENGTH[type];
    if (fixed === undefined || start + fixed > end || end > packet.length) return undefined;
    if (type !== Chunk.data && ++controlChunks > MAX_SCTP_CONTROL_CHUNKS) return undefined;
    if (HAS_PARAMETERS.has(type)) {
      const parameters = countParameters(view, start + fixed, end);
      if (parameters === undefined || parameters > parametersLeft) return undefined;
      parametersLeft -= parameters;
    }
    switch (type) {
      case Chunk.data:
        if (start + fixed === end) return undefined;
        dataStreamIds.push(view.getUint16(start + 4));
        break;
      case Chunk.sack:
        if (++sacks > 1 || !isSafeSack(view, start, end)) return undefined;
        break;
      case Chunk.forwardTsn:
        if ((end - start) % 4 !== 0) return undefined;
        break;
      case Chunk.shutdown:
        hasShutdown = true;
        break;
    }
    offset = (end + 3) & ~3;
  }
  return { dataStreamIds, hasShutdown };
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

/** How many parameters there are; undefined if any has a length that cannot be right. */
function countParameters(view: DataView, start: number, end: number): number | undefined {
  let count = 0;
  for (let offset = start; offset < end; count++) {
    if (offset + 4 > end) return undefined;
    const length = view.getUint16(offset + 2);
    if (length < 4 || offset + length > end) return undefined;
    offset += (length + 3) & ~3;
  }
  return count;
}
