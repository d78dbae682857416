/**
 * Closing single streams (RFC 6525, RFC 8831 §6.7): answers the guest's RE-CONFIG chunks, and
 * resets the hub's own side of the streams that the guest has reset. It denies all other requests,
 * such as the one for more streams.
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

/** Streams of one request of the hub: they fit into a packet. */
const MAX_STREAMS_PER_REQUEST = 128;

/** Streams that were reset. A request that lists no streams means all (RFC 6525 §4.1). */
export type ResetStreams = readonly number[] | "all";

interface DeferredReset {
  readonly sequence: number;
  readonly lastTsn: number;
  readonly streams: ResetStreams;
}

/** Stream resets of one association, in both directions. */
export class StreamReset {
  readonly #inbound: InboundData;
  readonly #outbound: OutboundData;
  /** The next request number of the guest, and what the last one was answered. */
  #expected: number;
  #lastResult: number = Result.nothingToDo;
  /** A request that waits for data that was sent before it. */
  #deferred: DeferredReset | undefined;
  /** Streams of the hub that are to be reset. */
  readonly #own = new Set<number>();
  #ownSequence: number;
  /** The hub's request that is under way. */
  #request: readonly number[] | undefined;
  #deadline: number | undefined;
  #failures = 0;

  /** Requests are numbered from the initial TSNs on (RFC 6525 §5.1.1). */
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

  /** When {@link poll} is to be called: at once if it lies in the past. */
  get deadline(): number | undefined {
    return this.#request === undefined && this.#mayRequest ? -Infinity : this.#deadline;
  }

  /** Whether a reset may be requested now: all data has to be acknowledged before. */
  get #mayRequest(): boolean {
    return this.#own.size > 0 && this.#outbound.isIdle;
  }

  /**
   * Takes a RE-CONFIG chunk that the gate has let pass.
   *
   * @param answer gets chunks for the guest.
   * @returns the streams that the guest has reset with it.
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
      if (sequence === (this.#expected - 1) >>> 0 && this.#lastResult !== Result.inProgress) {
        result = this.#lastResult; // the answer was lost
      } else if (sequence === (this.#expected - 1) >>> 0) {
        result = Result.inProgress;
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
   * A deferred reset, once all data that was sent before it has arrived.
   *
   * @param answer as for {@link receive}.
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

  /** Asks the guest to accept the reset of the hub's streams, and again if it does not answer. */
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

  /** Lets the hub's side of these streams be reset as well; false if nothing was sent on them. */
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
