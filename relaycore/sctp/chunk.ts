/**
 * The layout of SCTP packets and chunks (RFC 9260 §3, RFC 3758, RFC 6525): types, flags and
 * offsets, for the files that read packets and those that write them.
 *
 * @module
 */

/** Chunk types. */
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

/** Flags of a DATA chunk (RFC 9260 §3.3.1): the bits E, B, U and I. */
export const DataFlag = { last: 1, first: 2, unordered: 4, immediately: 8 } as const;

/** Bytes of the common header: ports, verification tag, checksum. */
export const COMMON_HEADER_LENGTH = 12;

/** Bytes of a chunk's header: type, flags, length. */
export const CHUNK_HEADER_LENGTH = 4;

/** Bytes of a DATA chunk before its user data: header, TSN, stream, sequence number, protocol. */
export const DATA_HEADER_LENGTH = 16;

/** Bytes of a SACK before its gap blocks: header, cumulative TSN, window, two counts. */
export const SACK_HEADER_LENGTH = 16;

/** Offsets of the fields of INIT and INIT ACK, from the start of the chunk (RFC 9260 §3.3.2). */
export const InitField = {
  initiateTag: 4,
  window: 8,
  outboundStreams: 12,
  inboundStreams: 14,
  initialTsn: 16,
  parameters: 20,
} as const;

/** The type of the parameter of an INIT ACK that holds the cookie (RFC 9260 §3.3.3.1). */
export const STATE_COOKIE = 7;

/** The SCTP port of both ends, as in `a=sctp-port`. */
export const SCTP_PORT = 5000;

/** A length rounded up to a multiple of four, where the next chunk or parameter begins. */
export function padded(length: number): number {
  return (length + 3) & ~3;
}

/** Reads an unsigned number of 16 bits. */
export function uint16(bytes: Uint8Array, offset: number): number {
  return bytes[offset] << 8 | bytes[offset + 1];
}

/** Reads an unsigned number of 32 bits. */
export function uint32(bytes: Uint8Array, offset: number): number {
  return (bytes[offset] << 24 | bytes[offset + 1] << 16 | bytes[offset + 2] << 8 |
    bytes[offset + 3]) >>> 0;
}

/** Writes the low 16 bits of a number. */
export function writeUint16(bytes: Uint8Array, offset: number, value: number): void {
  bytes[offset] = value >>> 8;
  bytes[offset + 1] = value;
}

/** Writes a number modulo 2³². It may be any integer that a double holds exactly. */
export function writeUint32(bytes: Uint8Array, offset: number, value: number): void {
  bytes[offset] = value >>> 24;
  bytes[offset + 1] = value >>> 16;
  bytes[offset + 2] = value >>> 8;
  bytes[offset + 3] = value;
}

/**
 * A new chunk with no flags set, padding included. `value` is everything after the chunk's header.
 */
export function encodeChunk(type: number, value: Uint8Array): Uint8Array<ArrayBuffer> {
  const length = CHUNK_HEADER_LENGTH + value.length;
  const bytes = new Uint8Array(padded(length));
  bytes[0] = type;
  writeUint16(bytes, 2, length);
  bytes.set(value, CHUNK_HEADER_LENGTH);
  return bytes;
}
