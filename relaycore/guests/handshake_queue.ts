/**
 * Datagrams of handshakes, waiting to be worked off one at a time. A handshake step keeps the one
 * thread busy for a millisecond or more. Between two steps the socket has to be read, or a crowd
 * that joins at once overflows it, and data of open channels has to go through.
 *
 * Addresses take turns, so that an address that sends more than can be worked off delays only itself.
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

/** A bounded queue: first in, first out for one address, and in turn for several. */
export class HandshakeQueue {
  readonly #waiting = new FairShare<Waiting>();
  /** Addresses that have something waiting, the one whose turn it is first. */
  readonly #turns = new Set<string>();
  readonly #work: (datagram: Uint8Array, from: TransportAddress) => void;
  readonly #schedule: (step: () => void) => void;
  #scheduled = false;

  /**
   * @param work does one step.
   * @param schedule calls its argument soon, after input that is already there has been read.
   */
  constructor(
    work: (datagram: Uint8Array, from: TransportAddress) => void,
    schedule: (step: () => void) => void,
  ) {
    this.#work = work;
    this.#schedule = schedule;
  }

  /**
   * Appends a copy of a datagram. If the queue is full, one is dropped: the oldest of the address
   * that has the most waiting, or this one if that is its own address (its guests send again, and
   * what has waited longest is worked off soonest).
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
