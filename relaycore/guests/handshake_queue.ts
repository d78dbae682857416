/**
 * A queue of handshake datagrams, which are handled one at a time. A handshake step keeps the only
 * thread busy for a millisecond or more. Between two steps the hub reads its socket, which would
 * overflow when a crowd joins at once, and passes on the data of open channels.
 *
 * Addresses take turns, so an address that sends too much delays only itself.
 *
 * @module
 */

import { MAX_HANDSHAKE_DATAGRAM_BYTES, MAX_WAITING_HANDSHAKE_DATAGRAMS } from "../limits.ts";
import type { TransportAddress } from "../net/transport_address.ts";
import { FairShare } from "../fairness/fair_share.ts";

interface Waiting {
  readonly datagram: Uint8Array;
  readonly from: TransportAddress;
}

/** A bounded queue. Addresses take turns, and each address is served first in, first out. */
export class HandshakeQueue {
  readonly #waiting = new FairShare<Waiting>();
  /** Addresses with waiting datagrams. The first one is next. */
  readonly #turns = new Set<string>();
  readonly #work: (datagram: Uint8Array, from: TransportAddress) => void;
  readonly #schedule: (step: () => void) => void;
  #scheduled = false;

  /**
   * @param work handles one datagram.
   * @param schedule calls its argument soon, once the input that is already there has been read.
   */
  constructor(
    work: (datagram: Uint8Array, from: TransportAddress) => void,
    schedule: (step: () => void) => void,
  ) {
    this.#work = work;
    this.#schedule = schedule;
  }

  /**
   * Appends a copy of a datagram. If the queue is full, a datagram of the address with the most
   * waiting ones is dropped: the new datagram if it comes from that address, otherwise the oldest.
   * Clients send dropped datagrams again.
   *
   * @returns false if a datagram was dropped.
   */
  push(datagram: Uint8Array, from: TransportAddress): boolean {
    if (datagram.length > MAX_HANDSHAKE_DATAGRAM_BYTES) return false;
    const full = this.#waiting.size >= MAX_WAITING_HANDSHAKE_DATAGRAMS;
    if (full && this.#mostWaiting <= this.#waiting.countOf(from.address)) return false;
    if (full) this.#remove(this.#waiting.first!);
    this.#waiting.add(from.address, { datagram: datagram.slice(), from });
    this.#turns.add(from.address);
    this.#scheduleNext();
    return !full;
  }

  get #mostWaiting(): number {
    return this.#waiting.countOf(this.#waiting.heaviest ?? "");
  }

  #remove(waiting: Waiting): void {
    const { address } = waiting.from;
    this.#waiting.delete(address, waiting);
    if (this.#waiting.countOf(address) === 0) this.#turns.delete(address);
  }

  #take(): Waiting | undefined {
    for (const address of this.#turns) {
      for (const waiting of this.#waiting.heldBy(address)) {
        this.#turns.delete(address);
        this.#turns.add(address); // behind the others
        this.#remove(waiting);
        return waiting;
      }
    }
  }

  #scheduleNext(): void {
    if (this.#scheduled || this.#waiting.size === 0) return;
    this.#scheduled = true;
    this.#schedule(() => {
      this.#scheduled = false;
      const next = this.#take();
      try {
        if (next !== undefined) this.#work(next.datagram, next.from);
      } finally {
        this.#scheduleNext();
      }
    });
  }
}
