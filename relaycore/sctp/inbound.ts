/**
 * Receives a guest's DATA and FORWARD-TSN chunks: tracks the TSNs that have arrived (RFC 9260
 * §6.2), reassembles messages from fragments (§6.9), and makes the SACK, which reports these TSNs
 * and the free window (§3.3.4). `acknowledgement.ts` decides when a SACK is sent.
 *
 * Chunks are processed strictly in the order of their TSNs. So only one message is in reassembly at
 * a time, and it needs no list of its fragments, only a buffer. A lost chunk delays unordered
 * chunks and other streams as well. This costs nothing, because the hub has a single channel, and
 * it is ordered.
 *
 * @module
 */

import {
  MAX_MESSAGE_BYTES,
  MAX_MISORDERED_CHUNKS,
  MAX_REASSEMBLY_BYTES,
  MAX_SACK_BLOCKS,
} from "../limits.ts";
import { Chunk, DataFlag, SACK_HEADER_LENGTH, writeUint16, writeUint32 } from "./chunk.ts";
import type { ReceivePool } from "./receive_pool.ts";

/** The fields of a DATA chunk that are needed here (RFC 9260 §3.3.1). */
export interface DataChunk {
  readonly tsn: number;
  readonly flags: number;
  readonly streamId: number;
  readonly protocol: number;
  /** A view. It is copied if the chunk has to wait; a message of a single chunk is this view. */
  readonly userData: Uint8Array;
}

/** A whole message. */
export interface InboundMessage {
  readonly streamId: number;
  readonly protocol: number;
  /** Never changed afterwards, so the receiver may keep it. */
  readonly data: Uint8Array;
}

/**
 * A gap block is a 16-bit offset from the cumulative TSN, so chunks beyond cannot be acknowledged.
 */
const MAX_TSN_AHEAD = 0xffff;

/** Size of the buffer that a message in fragments starts with. It grows as needed. */
const FIRST_BUFFER_BYTES = 4096;

/** A message whose last fragment has not arrived yet. */
interface PartialMessage {
  readonly streamId: number;
  readonly protocol: number;
  /** The buffer. A larger one replaces it when it is full. */
  bytes: Uint8Array;
  /** How many bytes of the buffer are filled. */
  length: number;
}

/** The receiving half of one association. */
export class InboundData {
  readonly #pool: ReceivePool;
  /**
   * All chunks up to this TSN have arrived. Unlike the 32 bits in packets, it never wraps around: a
   * double counts on exactly.
   */
  #cumulativeTsn: number;
  /** Chunks above a gap, by their TSNs, which do not wrap around either. */
  readonly #misordered = new Map<number, DataChunk>();
  #misorderedBytes = 0;
  /** The TSNs of {@link #misordered} as ranges: disjoint, ascending, and including both ends. */
  readonly #ranges: [first: number, last: number][] = [];
  /** TSNs that have arrived more than once since the last SACK. */
  #duplicates: number[] = [];
  /** The message in reassembly. */
  #message: PartialMessage | undefined;

  /**
   * @param initialTsn the initial TSN in the guest's INIT.
   * @param pool the receive window, shared by all guests of the socket.
   */
  constructor(initialTsn: number, pool: ReceivePool) {
    this.#cumulativeTsn = initialTsn - 1;
    this.#pool = pool;
  }

  /** Whether a chunk is missing although later ones have arrived. */
  get hasGap(): boolean {
    return this.#ranges.length > 0;
  }

  /** Whether a chunk has arrived again since the last SACK. */
  get hasDuplicates(): boolean {
    return this.#duplicates.length > 0;
  }

  /**
   * The receive window: how many bytes the guest may have in flight. The message in reassembly does
   * not reduce it, because a message may be larger than the whole window.
   */
  get window(): number {
    return Math.max(0, this.#pool.window - this.#misorderedBytes);
  }

  /** Whether everything up to a TSN has arrived. */
  has(tsn: number): boolean {
    return this.#unwrap(tsn) <= this.#cumulativeTsn;
  }

  /** Bytes held: those of chunks above a gap, and of the message in reassembly. */
  get heldBytes(): number {
    return this.#misorderedBytes + (this.#message?.length ?? 0);
  }

  /**
   * Takes a DATA chunk. A chunk above a gap is dropped if there is no room for it. The guest
   * retransmits it, because it is not acknowledged.
   *
   * @param deliver gets each message that has become complete.
   * @returns false if the guest sends a message over {@link MAX_MESSAGE_BYTES}. Such a message is
   *   never delivered, so the association has to end.
   */
  receive(chunk: DataChunk, deliver: (message: InboundMessage) => void): boolean {
    const tsn = this.#unwrap(chunk.tsn);
    if (tsn <= this.#cumulativeTsn || this.#misordered.has(tsn)) {
      if (this.#duplicates.length < MAX_SACK_BLOCKS) this.#duplicates.push(chunk.tsn);
      return true;
    }
    if (tsn > this.#cumulativeTsn + 1) {
      this.#keep(tsn, chunk);
      return true;
    }
    this.#cumulativeTsn = tsn;
    return this.#append(chunk, deliver) && this.#drain(deliver);
  }

  /**
   * Takes a FORWARD-TSN: the guest has abandoned all missing chunks up to a TSN (RFC 3758 §3.6).
   * Returns as {@link receive} does.
   */
  forward(newCumulativeTsn: number, deliver: (message: InboundMessage) => void): boolean {
    const target = this.#unwrap(newCumulativeTsn);
    if (target <= this.#cumulativeTsn || target > this.#cumulativeTsn + MAX_TSN_AHEAD) return true;
    // What has arrived is delivered. A message that lacks a fragment now is never completed.
    for (const [first, last] of this.#ranges) {
      if (first > target) break;
      this.#setMessage(undefined);
      for (let tsn = first; tsn <= Math.min(last, target); tsn++) {
        this.#cumulativeTsn = tsn;
        if (!this.#append(this.#take(tsn), deliver)) return false;
      }
    }
    if (this.#cumulativeTsn < target) this.#setMessage(undefined);
    this.#cumulativeTsn = target;
    while (this.#ranges.length > 0 && this.#ranges[0][1] <= target) this.#ranges.shift();
    if (this.#ranges.length > 0 && this.#ranges[0][0] <= target) this.#ranges[0][0] = target + 1;
    return this.#drain(deliver);
  }

  /** Makes the SACK chunk for what has arrived. It reports each duplicate once. */
  takeSack(): Uint8Array {
    const gaps = this.#ranges.slice(0, MAX_SACK_BLOCKS);
    const duplicates = this.#duplicates;
    this.#duplicates = [];
    const bytes = new Uint8Array(SACK_HEADER_LENGTH + 4 * (gaps.length + duplicates.length));
    bytes[0] = Chunk.sack;
    writeUint16(bytes, 2, bytes.length);
    writeUint32(bytes, 4, this.#cumulativeTsn);
    writeUint32(bytes, 8, this.window);
    writeUint16(bytes, 12, gaps.length);
    writeUint16(bytes, 14, duplicates.length);
    let offset = SACK_HEADER_LENGTH;
    for (const [first, last] of gaps) {
      writeUint16(bytes, offset, first - this.#cumulativeTsn);
      writeUint16(bytes, offset + 2, last - this.#cumulativeTsn);
      offset += 4;
    }
    for (const tsn of duplicates) {
      writeUint32(bytes, offset, tsn);
      offset += 4;
    }
    return bytes;
  }

  /** Frees the buffers, and the part of the pool. To be called when the association has ended. */
  close(): void {
    this.#setMessage(undefined);
    this.#misordered.clear();
    this.#ranges.length = 0;
    this.#misorderedBytes = 0;
  }

  /** The TSN without wrap-around that is nearest to the cumulative one (RFC 9260 §1.6). */
  #unwrap(tsn: number): number {
    return this.#cumulativeTsn + ((tsn - this.#cumulativeTsn) | 0);
  }

  #keep(tsn: number, chunk: DataChunk): void {
    if (
      tsn > this.#cumulativeTsn + MAX_TSN_AHEAD ||
      this.#misordered.size >= MAX_MISORDERED_CHUNKS ||
      this.heldBytes + chunk.userData.length > MAX_REASSEMBLY_BYTES
    ) return;
    // A copy, because a view keeps the whole packet in memory. The slice() of a Buffer is a view,
    // too.
    const { flags, streamId, protocol } = chunk;
    const userData = new Uint8Array(chunk.userData);
    this.#misordered.set(tsn, { tsn, flags, streamId, protocol, userData });
    this.#misorderedBytes += userData.length;
    this.#addToRanges(tsn);
  }

  #take(tsn: number): DataChunk {
    const chunk = this.#misordered.get(tsn)!;
    this.#misordered.delete(tsn);
    this.#misorderedBytes -= chunk.userData.length;
    return chunk;
  }

  #addToRanges(tsn: number): void {
    const ranges = this.#ranges;
    // Usually it comes after all ranges, and the search is not needed.
    let low = ranges.length > 0 && tsn > ranges[ranges.length - 1][1] ? ranges.length : 0;
    for (let high = ranges.length; low < high;) {
      const middle = (low + high) >> 1;
      if (ranges[middle][1] < tsn) low = middle + 1;
      else high = middle;
    }
    const [before, after] = [ranges.at(low === 0 ? ranges.length : low - 1), ranges.at(low)];
    const joinsBefore = before !== undefined && before[1] + 1 === tsn;
    const joinsAfter = after !== undefined && after[0] - 1 === tsn;
    if (joinsBefore && joinsAfter) {
      before[1] = after[1];
      ranges.splice(low, 1);
    } else if (joinsBefore) before[1] = tsn;
    else if (joinsAfter) after[0] = tsn;
    else ranges.splice(low, 0, [tsn, tsn]);
  }

  /** Processes the chunks that directly follow the cumulative TSN now. */
  #drain(deliver: (message: InboundMessage) => void): boolean {
    if (this.#ranges.length === 0 || this.#ranges[0][0] !== this.#cumulativeTsn + 1) return true;
    const [[first, last]] = this.#ranges.splice(0, 1);
    for (let tsn = first; tsn <= last; tsn++) {
      this.#cumulativeTsn = tsn;
      if (!this.#append(this.#take(tsn), deliver)) return false;
    }
    return true;
  }

  /** Takes the next chunk in order. A fragment without the beginning of its message is dropped. */
  #append(chunk: DataChunk, deliver: (message: InboundMessage) => void): boolean {
    const { flags, streamId, protocol, userData } = chunk;
    const isLast = (flags & DataFlag.last) !== 0;
    if ((flags & DataFlag.first) !== 0) {
      this.#setMessage(undefined);
      if (isLast) {
        deliver({ streamId, protocol, data: userData });
        return true;
      }
      const bytes = new Uint8Array(Math.max(FIRST_BUFFER_BYTES, userData.length));
      this.#setMessage({ streamId, protocol, bytes, length: 0 });
    }
    const message = this.#message;
    if (message === undefined) return true;
    if (message.streamId !== streamId) {
      this.#setMessage(undefined);
      return true;
    }
    const length = message.length + userData.length;
    if (length > MAX_MESSAGE_BYTES) return false;
    if (length > message.bytes.length) {
      const larger = new Uint8Array(Math.min(MAX_MESSAGE_BYTES, 2 * length));
      larger.set(message.bytes.subarray(0, message.length));
      message.bytes = larger;
    }
    message.bytes.set(userData, message.length);
    message.length = length;
    if (isLast) {
      this.#setMessage(undefined);
      deliver({ streamId, protocol: message.protocol, data: message.bytes.subarray(0, length) });
    }
    return true;
  }

  /** Sets the message in reassembly, and tells the pool whether there is one. */
  #setMessage(message: PartialMessage | undefined): void {
    const [before, after] = [this.#message !== undefined, message !== undefined];
    this.#message = message;
    if (after && !before) this.#pool.enter();
    if (before && !after) this.#pool.leave();
  }
}
