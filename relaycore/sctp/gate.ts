/**
 * Decides whether an SCTP packet is well-formed (RFC 9260 §3). Every packet of a guest passes here
 * first, so all other files may trust the lengths in it: chunks and parameters lie inside the
 * packet, fixed fields are complete, and gap blocks ascend. It also limits the number of chunks and
 * parameters that may each cost an answer.
 *
 * @module
 */

import { MAX_SCTP_CONTROL_CHUNKS, MAX_SCTP_PACKET_BYTES, MAX_SCTP_PARAMETERS } from "../limits.ts";
import {
  Chunk,
  CHUNK_HEADER_LENGTH,
  COMMON_HEADER_LENGTH,
  padded,
  SACK_HEADER_LENGTH,
  uint16,
} from "./chunk.ts";

/** Bytes of fixed fields after the chunk header, by chunk type; -1 for unknown types. */
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

/** The two high bits of an unknown chunk's type tell its receiver what to do (RFC 9260 §3.2). */
const SKIP = 0x80;
const REPORT = 0x40;

/** Whether the hub knows this chunk type. */
export function isKnownChunk(type: number): boolean {
  return FIXED_LENGTH[type] >= 0;
}

/** Whether an unknown chunk is skipped, and the chunks after it are read. */
export function isSkipped(unknownType: number): boolean {
  return (unknownType & SKIP) !== 0;
}

/** Whether an unknown chunk is reported to its sender. */
export function isReported(unknownType: number): boolean {
  return (unknownType & REPORT) !== 0;
}

/**
 * Checks one SCTP packet.
 *
 * @param packet its checksum need not be right.
 * @returns whether it is well-formed down to its parameters, and has no more bytes, chunks and
 *   parameters than the limits allow. Chunks that are not read, because they follow an unknown
 *   chunk that is not skipped, are not checked.
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

/** Whether a SACK has as many gap blocks and duplicates as it says, and its gap blocks ascend. */
function isSafeSack(packet: Uint8Array, chunk: number, end: number): boolean {
  const gaps = uint16(packet, chunk + 12);
  const duplicates = uint16(packet, chunk + 14);
  if (chunk + SACK_HEADER_LENGTH + 4 * (gaps + duplicates) !== end) return false;
  let previous = 0;
  for (let i = 0; i < gaps; i++) {
    const first = uint16(packet, chunk + SACK_HEADER_LENGTH + 4 * i);
    const last = uint16(packet, chunk + SACK_HEADER_LENGTH + 2 + 4 * i);
    if (first <= previous || last < first) return false;
    previous = last;
  }
  return true;
}

/** The number of parameters; infinite if one of them has an impossible length. */
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
