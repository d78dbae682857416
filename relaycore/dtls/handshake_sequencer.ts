/**
 * Puts a client's handshake messages in order: each complete, once, and in sequence (RFC 6347
 * §4.2.2–4.2.4). Only the last one, the Finished, comes in sealed records.
 *
 * Fragments in plaintext may come from any host on the network. A forged one can spoil a message in
 * reassembly, but not permanently: if fragments do not fit together, the collected ones are
 * discarded, and the guest's retransmission completes the message.
 *
 * @module
 */

import {
  MAX_HANDSHAKE_BYTES,
  MAX_HANDSHAKE_GAPS,
  MAX_HANDSHAKE_MESSAGE_BYTES,
  MAX_HANDSHAKE_MESSAGES_AHEAD,
} from "../limits.ts";
import { encodeHandshakeMessage, type HandshakeFragment, HandshakeType } from "./record.ts";

interface PartialMessage {
  readonly type: number;
  readonly isSealed: boolean;
  readonly body: Uint8Array;
  /** Which bytes have arrived, as sorted disjoint [start, end) ranges. */
  ranges: Range[];
}

type Range = readonly [start: number, end: number];

/** The order of one handshake, from the second ClientHello to the client's Finished. */
export class HandshakeSequencer {
  #nextMessageSeq: number;
  readonly #partial = new Map<number, PartialMessage>();

  /** @param firstMessageSeq message_seq of the ClientHello that carries the cookie. */
  constructor(firstMessageSeq: number) {
    this.#nextMessageSeq = firstMessageSeq;
  }

  /**
   * Takes one fragment; it is copied.
   *
   * @param isSealed whether it came in a record that was opened with the guest's key.
   */
  push(fragment: HandshakeFragment, isSealed: boolean): void {
    const { type, messageSeq, length } = fragment;
    // The Finished is the first message under the new keys, and the last of all.
    if (isSealed !== (type === HandshakeType.finished)) return;
    if (length > MAX_HANDSHAKE_MESSAGE_BYTES) return;
    if (
      messageSeq < this.#nextMessageSeq ||
      messageSeq >= this.#nextMessageSeq + MAX_HANDSHAKE_MESSAGES_AHEAD
    ) return;
    let partial = this.#partial.get(messageSeq);
    if (partial?.isSealed && !isSealed) return;
    if (partial === undefined || !fits(partial, fragment)) {
      this.#partial.delete(messageSeq);
      if (!this.#makeRoom(length, isSealed)) return;
      partial = { type, isSealed, body: new Uint8Array(length), ranges: [] };
      this.#partial.set(messageSeq, partial);
    }
    partial.body.set(fragment.body, fragment.fragmentOffset);
    partial.ranges = merged(partial.ranges, rangeOf(fragment));
  }

  /**
   * Discards messages in reassembly until there is room. Plaintext does not displace what came sealed.
   *
   * @returns false if there is no room.
   */
  #makeRoom(length: number, isSealed: boolean): boolean {
    for (const discarded of [false, true]) {
      let room = MAX_HANDSHAKE_BYTES;
      for (const { body } of this.#partial.values()) room -= body.length;
      if (length <= room) return true;
      if (discarded && !isSealed) return false;
      for (const [messageSeq, partial] of this.#partial) {
        if (partial.isSealed === discarded) this.#partial.delete(messageSeq);
      }
    }
    return true;
  }

  /** The next message in sequence, header and body, if it is complete. The caller may keep it. */
  take(): Uint8Array | undefined {
    const messageSeq = this.#nextMessageSeq;
    const partial = this.#partial.get(messageSeq);
    if (partial === undefined || !isWhole(partial)) return undefined;
    this.#partial.delete(messageSeq);
    this.#nextMessageSeq++;
    return encodeHandshakeMessage({ type: partial.type, messageSeq, body: partial.body });
  }
}

function rangeOf({ fragmentOffset, body }: HandshakeFragment): Range {
  return [fragmentOffset, fragmentOffset + body.length];
}

/** Whether a fragment can belong to the message that is being reassembled. */
function fits(partial: PartialMessage, fragment: HandshakeFragment): boolean {
  if (partial.type !== fragment.type || partial.body.length !== fragment.length) return false;
  if (partial.ranges.length >= MAX_HANDSHAKE_GAPS) return false;
  const [start, end] = rangeOf(fragment);
  return partial.ranges.every(([heldStart, heldEnd]) => {
    const [from, to] = [Math.max(start, heldStart), Math.min(end, heldEnd)];
    for (let i = from; i < to; i++) {
      if (partial.body[i] !== fragment.body[i - start]) return false;
    }
    return true;
  });
}

function isWhole({ body, ranges }: PartialMessage): boolean {
  return body.length === 0 || (ranges.length === 1 && ranges[0][0] === 0 &&
    ranges[0][1] === body.length);
}

function merged(ranges: readonly Range[], added: Range): Range[] {
  const result: Range[] = [];
  for (const range of [...ranges, added].sort((a, b) => a[0] - b[0])) {
    const last = result.at(-1);
    if (last === undefined || range[0] > last[1]) result.push(range);
    else if (range[1] > last[1]) result[result.length - 1] = [last[0], range[1]];
  }
  return result;
}
