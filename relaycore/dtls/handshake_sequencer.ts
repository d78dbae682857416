/**
 * Puts a client's handshake messages in order: every message whole, once, in sequence (RFC 6347
 * §4.2.2–4.2.4), and encrypted records only after the plaintext ones before them.
 *
 * A key exchange before its certificate, or one that is repeated, would give a wrong master secret,
 * and the guest would be lost. On Wi-Fi both happen.
 *
 * @module
 */

import {
  MAX_EARLY_RECORDS,
  MAX_HANDSHAKE_GAPS,
  MAX_HANDSHAKE_MESSAGE_BYTES,
  MAX_HANDSHAKE_MESSAGES_AHEAD,
} from "../limits.ts";
import {
  ContentType,
  decodeHandshakeFragments,
  type DtlsRecord,
  encodeHandshakeRecord,
  type HandshakeFragment,
  HandshakeType,
} from "./record.ts";

/** What the sequencer lets through. */
export type SequencedRecord =
  | { readonly kind: "handshake"; readonly type: number; readonly record: Uint8Array }
  /** A record of epoch 1, as it was on the wire. */
  | { readonly kind: "encrypted"; readonly record: Uint8Array };

interface PartialMessage {
  readonly type: number;
  readonly body: Uint8Array;
  /** Which bytes have arrived, as sorted disjoint [start, end) ranges. */
  ranges: [number, number][];
}

/** The order of one handshake, from the second ClientHello to the client's Finished. */
export class HandshakeSequencer {
  #nextMessageSeq: number;
  readonly #partial = new Map<number, PartialMessage>();
  readonly #early: Uint8Array[] = [];
  /** Whether every plaintext message of the client has been let through. */
  #plaintextComplete = false;

  /** @param firstMessageSeq message_seq of the ClientHello that carries the cookie. */
  constructor(firstMessageSeq: number) {
    this.#nextMessageSeq = firstMessageSeq;
  }

  /**
   * Takes one record of this client.
   *
   * @returns what may be handed on now, in order; often nothing, sometimes several records.
   */
  push(record: DtlsRecord): SequencedRecord[] {
    if (record.epoch > 0) return this.#pushEncrypted(record);
    // ChangeCipherSpec says nothing that the epoch does not. An alert in plaintext could come from
    // anybody on the network, so it cannot end a handshake; a real one leaves it to the timeout.
    if (record.contentType !== ContentType.handshake) return [];
    const out: SequencedRecord[] = [];
    for (const fragment of decodeHandshakeFragments(record.fragment) ?? []) {
      this.#pushFragment(fragment, out);
    }
    return out;
  }

  #pushEncrypted(record: DtlsRecord): SequencedRecord[] {
    if (this.#plaintextComplete) return [{ kind: "encrypted", record: record.bytes }];
    // Copied: the receive buffer is reused before the missing message comes.
    if (this.#early.length < MAX_EARLY_RECORDS) this.#early.push(record.bytes.slice());
    return [];
  }

  #pushFragment(fragment: HandshakeFragment, out: SequencedRecord[]): void {
    const { messageSeq } = fragment;
    if (fragment.length > MAX_HANDSHAKE_MESSAGE_BYTES) return;
    if (
      messageSeq < this.#nextMessageSeq ||
      messageSeq >= this.#nextMessageSeq + MAX_HANDSHAKE_MESSAGES_AHEAD
    ) return;
    let partial = this.#partial.get(messageSeq);
    if (partial === undefined) {
      partial = { type: fragment.type, body: new Uint8Array(fragment.length), ranges: [] };
      this.#partial.set(messageSeq, partial);
    }
    // A fragment that contradicts the first one is not of this message.
    if (partial.type !== fragment.type || partial.body.length !== fragment.length) return;
    if (partial.ranges.length >= MAX_HANDSHAKE_GAPS) return;
    partial.body.set(fragment.body, fragment.fragmentOffset);
    partial.ranges = merged(partial.ranges, [
      fragment.fragmentOffset,
      fragment.fragmentOffset + fragment.body.length,
    ]);
    this.#release(out);
  }

  /** Lets through every whole message that is next in sequence. */
  #release(out: SequencedRecord[]): void {
    for (;;) {
      const messageSeq = this.#nextMessageSeq;
      const message = this.#partial.get(messageSeq);
      if (message === undefined || !isWhole(message)) return;
      this.#partial.delete(messageSeq);
      this.#nextMessageSeq++;
      const { type, body } = message;
      out.push({
        kind: "handshake",
        type,
        record: encodeHandshakeRecord({ type, messageSeq, body }),
      });
      // The hub always asks for a certificate, so the last plaintext message proves its key.
      if (type === HandshakeType.certificateVerify) {
        this.#plaintextComplete = true;
        for (const record of this.#early.splice(0)) out.push({ kind: "encrypted", record });
      }
    }
  }
}

function isWhole({ body, ranges }: PartialMessage): boolean {
  return body.length === 0 || (ranges.length === 1 && ranges[0][0] === 0 &&
    ranges[0][1] === body.length);
}

function merged(ranges: [number, number][], added: [number, number]): [number, number][] {
  const result: [number, number][] = [];
  for (const [start, end] of [...ranges, added].sort((a, b) => a[0] - b[0])) {
    const last = result.at(-1);
    if (last !== undefined && start <= last[1]) last[1] = Math.max(last[1], end);
    else result.push([start, end]);
  }
  return result;
}
