/**
 * Decides whether an SCTP packet is well-formed (RFC 9260 §3). Every packet of a guest passes here
 * first, so everything behind this file may trust lengths: chunks and parameters lie inside the
 * packet, fixed fields are there, and gap blocks ascend. It also bounds the number of chunks and
 * parameters that may each cost an answer.
 *
 * @module
 */

import {
  MAX_MISORDERED_CHUNKS,
  MAX_SCTP_CONTROL_CHUNKS,
  MAX_SCTP_PACKET_BYTES,
  MAX_SCTP_PARAMETERS,
} from "../limits.ts";
import {
  Chunk,
  CHUNK_HEADER_LENGTH,
  COMMON_HEADER_LENGTH,
  padded,
  SACK_HEADER_LENGTH,
  uint16,
} from "./chunk.ts";

/** Bytes of fixed fields after the chunk header, by type; -1 for types that are unknown. */
const FIXED_LENGTH = new Int8Array(256).fill(-1);
for (const type of Object.values(Chunk)) FIXED_LENGTH[type] = 0;
FIXED_LENGTH[Chunk.data] = FIXED_LENGTH[Chunk.sack] = 12;
FIXED_LENGTH[Chunk.init] = FIXED_LENGTH[Chunk.initAck] = 16;
FIXED_LENGTH[Chunk.shutdown] = FIXED_LENGTH[Chunk.forwardTsn] = 4;

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

/** The two high bits of an unknown chunk's type say what is to be done with it (RFC 9260 §3.2). */
const SKIP = 0x80;
const REPORT = 0x40;

/** Whether a chunk of this type is one that the hub knows. */
export function isKnownChunk(type: number): boolean {
  return FIXED_LENGTH[type] >= 0;
}

/** Whether the chunks behind an unknown one are to be read. */
export function isSkipped(unknownType: number): boolean {
  return (unknownType & SKIP) !== 0;
}

/** Whether the sender of an unknown chunk is to be told. */
export function isReported(unknownType: number): boolean {
  return (unknownType & REPORT) !== 0;
}

/**
 * Looks through a packet.
 *
 * @param packet one SCTP packet, checksum not yet verified.
 * @returns whether it is well-formed down to its parameters, of a size and with as many chunks as
 *   peers make. An unknown chunk that ends the packet ends the check, too.
 */
export function isWellFormed(packet: Uint8Array): boolean {
  if (packet.length < COMMON_HEADER_LENGTH + CHUNK_HEADER_LENGTH) return false;
  if (packet.length > MAX_SCTP_PACKET_BYTES) return false;
  let controlChunks = 0;
  let sacks = 0;
  let parametersLeft = MAX_SCTP_PARAMETERS;
  let offset = COMMON_HEADER_LENGTH;
  while (offset < packet.length) {
    if (offset + CHUNK_HEADER_LENGTH > packet.length) return false;
    const type = packet[offset];
    const length = uint16(packet, offset + 2);
    const start = offset + CHUNK_HEADER_LENGTH;
    const end = offset + length;
    const fixed = FIXED_LENGTH[type];
    if (start + Math.max(0, fixed) > end || end > packet.length) return false;
    if (type !== Chunk.data && ++controlChunks > MAX_SCTP_CONTROL_CHUNKS) return false;
    if (fixed < 0 && !isSkipped(type)) return true;
    if (HAS_PARAMETERS.has(type)) {
      parametersLeft -= countParameters(packet, start + fixed, end);
      if (parametersLeft < 0) return false;
    }
    switch (type) {
      case Chunk.data:
        if (start + fixed === end) return false;
        break;
      case Chunk.sack:
        if (++sacks > 1 || !isSafeSack(packet, offset, end)) return false;
        break;
      case Chunk.forwardTsn:
        if ((end - start) % 4 !== 0) return false;
        break;
    }
    offset = padded(end);
  }
  return true;
}

/** Gap blocks must fill the chunk as announced, ascend, and end within what can be in flight. */
function isSafeSack(packet: Uint8Array, chunk: number, end: number): boolean {
  const gaps = uint16(packet, chunk + 12);
  const duplicates = uint16(packet, chunk + 14);
  if (chunk + SACK_HEADER_LENGTH + 4 * (gaps + duplicates) !== end) return false;
  let previous = 0;
  for (let i = 0; i < gaps; i++) {
    const first = uint16(packet, chunk + SACK_HEADER_LENGTH + 4 * i);
    const last = uint16(packet, chunk + SACK_HEADER_LENGTH + 2 + 4 * i);
    if (first <= previous || last < first || last > 2 * MAX_MISORDERED_CHUNKS) return false;
    previous = last;
  }
  return true;
}

/** How many parameters there are; infinite if any has a length that cannot be right. */
function countParameters(packet: Uint8Array, start: number, end: number): number {
  let count = 0;
  for (let offset = start; offset < end; count++) {
    if (offset + 4 > end) return Infinity;
    const length = uint16(packet, offset + 2);
    if (length < 4 || offset + length > end) return Infinity;
    offset += padded(length);
  }
  return count;
}
