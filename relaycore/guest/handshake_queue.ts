/**
 * Datagrams of handshakes, waiting to be worked off one at a time. A handshake step keeps the one
 * thread busy for a millisecond or more; between two steps the socket has to be read, or a crowd
 * that joins at once overflows it, and data of open channels has to go through.
 *
 * @module
 */

import { MAX_WAITING_HANDSHAKE_DATAGRAMS } from "../limits.ts";
import type { TransportAddress } from "../net/transport_address.ts";

/** A first-in-first-out queue with a bound. */
export class HandshakeQueue {
  readonly #waiting: { datagram: Uint8Array; from: TransportAddress }[] = [];
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
   * Appends a copy of a datagram.
   *
   * @returns false if the queue is full and the datagram was dropped.
   */
  push(datagram: Uint8Array, from: TransportAddress): boolean {
    if (this.#waiting.length >= MAX_WAITING_HANDSHAKE_DATAGRAMS) return false;
    this.#waiting.push({ datagram: datagram.slice(), from });
    this.#scheduleNext();
    return true;
  }

  #scheduleNext(): void {
    if (this.#scheduled || this.#waiting.length === 0) return;
    this.#scheduled = true;
    this.#schedule(() => {
      this.#scheduled = false;
      const next = this.#waiting.shift();
      if (next !== undefined) this.#work(next.datagram, next.from);
      this.#scheduleNext();
    });
  }
}
