/**
 * The probe that shows whether a guest receives at an address: an SCTP HEARTBEAT with a random
 * number, which the guest returns in a HEARTBEAT ACK (RFC 9260 §5.4, §8.3). DTLS protects both
 * packets, so only the guest can answer, and only if it has received the number.
 *
 * This file encodes and decodes the packets. The SCTP association ignores HEARTBEAT ACKs.
 *
 * @module
 */

import { writeChecksum } from "../sctp/crc32c.ts";
import { Chunk } from "../sctp/chunk.ts";

/** The length of the random number in bytes. */
export const PATH_PROBE_NONCE_BYTES = 8;

/** The length of a probe's datagram in bytes: SCTP header, chunk, parameter, and the DTLS record. */
export const PATH_PROBE_DATAGRAM_BYTES = 12 + 4 + 4 + PATH_PROBE_NONCE_BYTES + 13 + 8 + 16;

const SCTP_HEADER_LENGTH = 12;
const CHUNK_HEADER_LENGTH = 4;
const HEARTBEAT_INFO = 1;
const HEARTBEAT_INFO_LENGTH = 4 + PATH_PROBE_NONCE_BYTES;

/**
 * Encodes a HEARTBEAT.
 *
 * @param ours a packet of the hub's in the same association. Its ports and tag are copied.
 * @param nonce the random number.
 */
export function encodePathProbe(ours: Uint8Array, nonce: Uint8Array): Uint8Array<ArrayBuffer> {
  const packet = new Uint8Array(SCTP_HEADER_LENGTH + CHUNK_HEADER_LENGTH + HEARTBEAT_INFO_LENGTH);
  packet.set(ours.subarray(0, 8)); // both ports and the verification tag
  const view = new DataView(packet.buffer);
  packet[12] = Chunk.heartbeat;
  view.setUint16(14, CHUNK_HEADER_LENGTH + HEARTBEAT_INFO_LENGTH);
  view.setUint16(16, HEARTBEAT_INFO);
  view.setUint16(18, HEARTBEAT_INFO_LENGTH);
  packet.set(nonce, 20);
  writeChecksum(packet);
  return packet;
}

/** The number that a guest's packet returns, as a view; undefined if it does not return one. */
export function decodePathProbeAnswer(packet: Uint8Array): Uint8Array | undefined {
  const view = new DataView(packet.buffer, packet.byteOffset, packet.byteLength);
  let offset = SCTP_HEADER_LENGTH;
  while (offset + CHUNK_HEADER_LENGTH <= packet.length) {
    const length = view.getUint16(offset + 2);
    const info = offset + CHUNK_HEADER_LENGTH;
    if (
      packet[offset] === Chunk.heartbeatAck &&
      length === CHUNK_HEADER_LENGTH + HEARTBEAT_INFO_LENGTH && offset + length <= packet.length &&
      view.getUint16(info) === HEARTBEAT_INFO
    ) {
      return packet.subarray(info + 4, info + HEARTBEAT_INFO_LENGTH);
    }
    if (length < CHUNK_HEADER_LENGTH) return undefined;
    offset += (length + 3) & ~3;
  }
}
