/**
 * Closes single streams (RFC 6525, RFC 8831 §6.7): answers the guest's RE-CONFIG chunks, and resets
 * the hub's own side of the streams that the guest has reset. It denies all other requests, such as
 * the one for more streams.
 *
 * @module
 */

import { SCTP_MAX_RETRANSMISSIONS } from "../limits.ts";
import {
  Chunk,
  CHUNK_HEADER_LENGTH,
  encodeChunk,
  padded,
  uint16,
  uint32,
  writeUint16,
  writeUint32,
} from "./chunk.ts";
import type { InboundData } from "./inbound.ts";
import type { OutboundData } from "./outbound.ts";

/** Parameter types (RFC 6525 §4). */
const OUTGOING_RESET = 13;
const INCOMING_RESET = 14;
const ASSOCIATION_RESET = 15;
const RESPONSE = 16;
const ADD_OUTGOING = 17;
const ADD_INCOMING = 18;
const REQUESTS = [OUTGOING_RESET, INCOMING_RESET, ASSOCIATION_RESET, ADD_OUTGOING, ADD_INCOMING];

/** Results (RFC 6525 §4.4). */
const Result = { nothingToDo: 0, performed: 1, denied: 2, badSequence: 5, inProgress: 6 } as const;

/** Bytes of an outgoing reset request before its streams. */
const OUTGOING_RESET_LENGTH = 16;

/** How many streams the hub resets with one request, so that the request fits into a packet. */
const MAX_STREAMS_PER_REQUEST = 128;

/** Streams that were reset. A request that lists no streams means all (RFC 6525 §4.1). */
export type ResetStreams = readonly number[] | "all";

/** A reset request of the guest whose last TSN has not arrived yet. */
interface DeferredReset {
  readonly sequence: number;
  readonly lastTsn: number;
  readonly streams: ResetStreams;
}

/** Stream resets of one association, in both directions. */
export class StreamReset {
  readonly #inbound: InboundData;
  readonly #outbound: OutboundData;
  /** The sequence number of the guest's next request, and the result of its last one. */
  #expected: number;
  #lastResult: number = Result.nothingToDo;
  /** A request that waits for the data that was sent before it. */
  #deferred: DeferredReset | undefined;
  /** Streams whose sending side the hub still has to reset. */
  readonly #own = new Set<number>();
  /** The sequence number of the hub's request, or of its next one. */
  #ownSequence: number;
  /** The streams in the hub's request that is not answered yet. */
  #request: readonly number[] | undefined;
  /** When this request is sent again. */
  #deadline: number | undefined;
  /** How many times this request was sent in vain. */
  #failures = 0;

  /** The sequence numbers of requests begin with the initial TSNs (RFC 6525 §5.1.1). */
  constructor(
    inbound: InboundData,
    outbound: OutboundData,
    guestInitialTsn: number,
    ownInitialTsn: number,
  ) {
    this.#inbound = inbound;
    this.#outbound = outbound;
    this.#expected = guestInitialTsn;
    this.#ownSequence = ownInitialTsn;
  }

  /**
   * When {@link poll} has to be called. A time in the past means at once; undefined means never.
   */
  get deadline(): number | undefined {
    return this.#request === undefined && this.#mayRequest ? -Infinity : this.#deadline;
  }

  /** Whether the hub has to request a reset, and may do so because all its data is acknowledged. */
  get #mayRequest(): boolean {
    return this.#own.size > 0 && this.#outbound.isIdle;
  }

  /**
   * Takes a RE-CONFIG chunk of a well-formed packet.
   *
   * @param packet the packet.
   * @param chunk where the RE-CONFIG begins in it.
   * @param answer gets each chunk to be sent to the guest.
   * @returns the streams that the guest has reset with it, if any.
   */
  receive(
    packet: Uint8Array,
    chunk: number,
    answer: (chunk: Uint8Array) => void,
  ): ResetStreams | undefined {
    const end = chunk + uint16(packet, chunk + 2);
    let reset: ResetStreams | undefined;
    for (let at = chunk + CHUNK_HEADER_LENGTH; at < end; at += padded(uint16(packet, at + 2))) {
      const type = uint16(packet, at);
      const length = uint16(packet, at + 2);
      if (type === RESPONSE && length >= 12) this.#receiveResponse(packet, at);
      if (!REQUESTS.includes(type) || length < 8) continue;
      const sequence = uint32(packet, at + 4);
      let result: number = Result.denied;
      if (sequence === (this.#expected - 1) >>> 0) {
        result = this.#lastResult; // repeated, because the answer was lost or is "in progress"
      } else if (sequence !== this.#expected >>> 0) {
        result = Result.badSequence;
      } else {
        this.#expected = (sequence + 1) >>> 0;
        if (type === OUTGOING_RESET && length >= OUTGOING_RESET_LENGTH) {
          const lastTsn = uint32(packet, at + 12);
          const streams = streamsOf(packet, at + OUTGOING_RESET_LENGTH, at + length);
          if (this.#inbound.has(lastTsn)) {
            result = Result.performed;
            reset = this.#perform(streams);
          } else {
            result = Result.inProgress;
            this.#deferred = { sequence, lastTsn, streams };
          }
        } else if (type === INCOMING_RESET) {
          const streams = streamsOf(packet, at + 8, at + length);
          result = this.#resetOwn(streams) ? Result.performed : Result.nothingToDo;
        }
        this.#lastResult = result;
      }
      answer(responseChunk(sequence, result));
    }
    return reset;
  }

  /**
   * Performs a deferred reset if all data that was sent before it has arrived. To be called after
   * each packet with data.
   *
   * @param answer gets each chunk to be sent to the guest.
   * @returns the streams that the guest has reset, if any.
   */
  afterData(answer: (chunk: Uint8Array) => void): ResetStreams | undefined {
    if (this.#deferred === undefined || !this.#inbound.has(this.#deferred.lastTsn)) {
      return undefined;
    }
    const { sequence, streams } = this.#deferred;
    this.#deferred = undefined;
    this.#lastResult = Result.performed;
    answer(responseChunk(sequence, Result.performed));
    return this.#perform(streams);
  }

  /** Requests the reset of the hub's streams, and repeats the request while there is no answer. */
  poll(now: number, send: (chunk: Uint8Array) => void): void {
    if (this.#request !== undefined) {
      if (this.#deadline === undefined || now < this.#deadline) return;
      if (++this.#failures > SCTP_MAX_RETRANSMISSIONS) this.#settle();
    }
    if (this.#request === undefined) {
      if (!this.#mayRequest) return;
      this.#request = [...this.#own].slice(0, MAX_STREAMS_PER_REQUEST);
      this.#failures = 0;
    }
    send(this.#requestChunk(this.#request));
    this.#deadline = now + this.#outbound.rto * 2 ** Math.min(this.#failures, 4);
  }

  #perform(streams: ResetStreams): ResetStreams {
    this.#resetOwn(streams);
    return streams;
  }

  /** Queues the reset of the hub's side of these streams. False if it has sent nothing on them. */
  #resetOwn(streams: ResetStreams): boolean {
    const own = streams === "all"
      ? this.#outbound.streams
      : streams.filter((id) => this.#outbound.hasSentOn(id));
    for (const id of own) this.#own.add(id);
    return own.length > 0;
  }

  #receiveResponse(packet: Uint8Array, at: number): void {
    if (this.#request === undefined || uint32(packet, at + 4) !== this.#ownSequence >>> 0) return;
    const result = uint32(packet, at + 8);
    if (result === Result.inProgress) return;
    if (result === Result.performed || result === Result.nothingToDo) {
      this.#outbound.resetStreams(this.#request);
    }
    this.#settle();
  }

  /** Ends the request that is under way, answered or given up. */
  #settle(): void {
    for (const id of this.#request ?? []) this.#own.delete(id);
    this.#request = undefined;
    this.#deadline = undefined;
    this.#ownSequence = (this.#ownSequence + 1) >>> 0;
  }

  #requestChunk(streams: readonly number[]): Uint8Array {
    const length = OUTGOING_RESET_LENGTH + 2 * streams.length;
    const value = new Uint8Array(length);
    writeUint16(value, 0, OUTGOING_RESET);
    writeUint16(value, 2, length);
    writeUint32(value, 4, this.#ownSequence);
    writeUint32(value, 8, this.#expected - 1);
    writeUint32(value, 12, this.#outbound.lastTsn);
    streams.forEach((id, i) => writeUint16(value, OUTGOING_RESET_LENGTH + 2 * i, id));
    return encodeChunk(Chunk.reconfig, value);
  }
}

function streamsOf(packet: Uint8Array, start: number, end: number): ResetStreams {
  const streams: number[] = [];
  for (let at = start; at + 2 <= end; at += 2) streams.push(uint16(packet, at));
  return streams.length === 0 ? "all" : streams;
}

function responseChunk(sequence: number, result: number): Uint8Array {
  const value = new Uint8Array(12);
  writeUint16(value, 0, RESPONSE);
  writeUint16(value, 2, value.length);
  writeUint32(value, 4, sequence);
  writeUint32(value, 8, result);
  return encodeChunk(Chunk.reconfig, value);
}
