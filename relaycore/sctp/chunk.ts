/**
 * What SCTP packets and chunks look like (RFC 9260 §3, RFC 3758, RFC 6525): numbers and offsets,
 * shared by what reads them (`gate.ts`) and what writes them (`packet_writer.ts`).
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

/** Flags of a DATA chunk (RFC 9260 §3.3.1). */
export const DataFlag = { last: 1, first: 2, unordered: 4, immediately: 8 } as const;

/** Ports, verification tag, checksum. */
export const COMMON_HEADER_LENGTH = 12;

/** Type, flags, length. */
export const CHUNK_HEADER_LENGTH = 4;

/** The chunk header of DATA with TSN, stream, sequence number and payload protocol. */
export const DATA_HEADER_LENGTH = 16;

/** The chunk header of SACK with its fixed fields. */
export const SACK_HEADER_LENGTH = 16;

/** Fixed fields of INIT and INIT ACK, counted from the chunk's start. */
export const InitField = {
  initiateTag: 4,
  window: 8,
  outboundStreams: 12,
  inboundStreams: 14,
  initialTsn: 16,
  parameters: 20,
} as const;

/** The parameter of an INIT ACK that holds the cookie. */
export const STATE_COOKIE = 7;

/** Port of both ends, as in `a=sctp-port`. */
export const SCTP_PORT = 5000;

/** A length with its padding: chunks and parameters begin at multiples of four. */
export function padded(length: number): number {
  return (length + 3) & ~3;
}

/** An unsigned number of 16 bits. */
export function uint16(bytes: Uint8Array, offset: number): number {
  return bytes[offset] << 8 | bytes[offset + 1];
}

/** An unsigned number of 32 bits. */
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

/** A chunk of its own, padding included: what it holds is the value. */
export function encodeChunk(type: number, value: Uint8Array): Uint8Array<ArrayBuffer> {
  const length = CHUNK_HEADER_LENGTH + value.length;
  const bytes = new Uint8Array(padded(length));
  bytes[0] = type;
  writeUint16(bytes, 2, length);
  bytes.set(value, CHUNK_HEADER_LENGTH);
  return bytes;
}
