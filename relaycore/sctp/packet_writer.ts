/**
 * Bundles chunks into packets (RFC 9260 §6.10). One buffer is used for one packet after the other.
 *
 * @module
 */

import { MAX_SCTP_PACKET_BYTES, SCTP_MTU } from "../limits.ts";
import {
  Chunk,
  COMMON_HEADER_LENGTH,
  DATA_HEADER_LENGTH,
  padded,
  SCTP_PORT,
  writeUint16,
  writeUint32,
} from "./chunk.ts";
import { writeChecksum } from "./crc32c.ts";

/** Writes one packet at a time. */
export class PacketWriter {
  readonly #bytes = new Uint8Array(MAX_SCTP_PACKET_BYTES + COMMON_HEADER_LENGTH);
  #length = COMMON_HEADER_LENGTH;

  /** Whether the packet has no chunk yet. */
  get isEmpty(): boolean {
    return this.#length === COMMON_HEADER_LENGTH;
  }

  /** How many bytes still fit, a chunk's header and padding included. */
  get room(): number {
    return Math.max(0, SCTP_MTU - this.#length);
  }

  /** Begins the next packet, and overwrites the previous one. */
  begin(verificationTag: number): void {
    this.#length = COMMON_HEADER_LENGTH;
    writeUint16(this.#bytes, 0, SCTP_PORT);
    writeUint16(this.#bytes, 2, SCTP_PORT);
    writeUint32(this.#bytes, 4, verificationTag);
  }

  /**
   * Appends an encoded chunk, padding included.
   *
   * @returns false if there is no room. The first chunk of a packet may be larger than the MTU,
   *   because the answer to a HEARTBEAT is as large as the HEARTBEAT.
   */
  chunk(chunk: Uint8Array): boolean {
    if (!this.isEmpty && chunk.length > this.room) return false;
    if (this.#length + chunk.length > this.#bytes.length) return false;
    this.#bytes.set(chunk, this.#length);
    this.#length += chunk.length;
    return true;
  }

  /**
   * Appends a DATA chunk (§3.3.1) with the bytes from `start` to `end`. There must be room for it.
   */
  data(
    flags: number,
    tsn: number,
    streamId: number,
    sequence: number,
    protocol: number,
    userData: Uint8Array,
    start: number,
    end: number,
  ): void {
    const bytes = this.#bytes;
    const at = this.#length;
    const length = DATA_HEADER_LENGTH + end - start;
    bytes[at] = Chunk.data;
    bytes[at + 1] = flags;
    writeUint16(bytes, at + 2, length);
    writeUint32(bytes, at + 4, tsn);
    writeUint16(bytes, at + 8, streamId);
    writeUint16(bytes, at + 10, sequence);
    writeUint32(bytes, at + 12, protocol);
    const isWhole = start === 0 && end === userData.length;
    bytes.set(isWhole ? userData : userData.subarray(start, end), at + DATA_HEADER_LENGTH);
    const next = at + padded(length);
    bytes.fill(0, at + length, next);
    this.#length = next;
  }

  /** The packet with its checksum: a view that is valid until the next {@link begin}. */
  finish(): Uint8Array {
    const packet = this.#bytes.subarray(0, this.#length);
    writeChecksum(packet);
    return packet;
  }
}
