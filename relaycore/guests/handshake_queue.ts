/**
 * A queue of handshake datagrams, which are handled one at a time. A handshake step keeps the only
 * thread busy for a millisecond or more. Between two steps the hub reads its socket, which would
 * overflow when a crowd joins at once, and passes on the data of open channels.
 *
 * Handshakes that are under way go first. So half of a crowd has joined after half of the time;
 * otherwise everybody would join at the end. Some steps are kept for newcomers. Addresses take
 * turns, so an address that sends too much delays only itself.
 *
 * @module
 */

import {
  MAX_HANDSHAKE_DATAGRAM_BYTES,
  MAX_WAITING_HANDSHAKE_DATAGRAMS,
  STEPS_PER_NEWCOMER,
} from "../limits.ts";
import type { TransportAddress } from "../net/transport_address.ts";
import { FairShare } from "../fairness/fair_share.ts";

interface Waiting {
  readonly datagram: Uint8Array;
  readonly from: TransportAddress;
}

/** Addresses take turns, and each address is served first in, first out. */
class Lane {
  readonly #waiting = new FairShare<Waiting>();
  /** Addresses with waiting datagrams. The first one is next. */
  readonly #turns = new Set<string>();

  get size(): number {
    return this.#waiting.size;
  }

  add(waiting: Waiting): void {
    const { address } = waiting.from;
    this.#waiting.add(address, waiting);
    this.#turns.add(address);
  }

  take(): Waiting | undefined {
    for (const address of this.#turns) {
      for (const waiting of this.#waiting.heldBy(address)) {
        this.#turns.delete(address);
        this.#turns.add(address); // behind the others
        this.#remove(waiting);
        return waiting;
      }
    }
  }

  countOf(address: string): number {
    return this.#waiting.countOf(address);
  }

  /** The number of datagrams of the address that has the most. */
  get most(): number {
    return this.countOf(this.#waiting.heaviest ?? "");
  }

  /** Drops the oldest datagram of that address. */
  drop(): void {
    this.#remove(this.#waiting.first!);
  }

  #remove(waiting: Waiting): void {
    const { address } = waiting.from;
    this.#waiting.delete(address, waiting);
    if (this.#waiting.countOf(address) === 0) this.#turns.delete(address);
  }
}

/** A bounded queue. */
export class HandshakeQueue {
  readonly #begun = new Lane();
  readonly #newcomers = new Lane();
  /** Steps for begun handshakes since the last step for a newcomer. */
  #stepsOfBegun = 0;
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
   * waiting ones is dropped: the new datagram if its own address has as many, otherwise the oldest
   * one of that address. If begun handshakes and newcomers are even, a newcomer loses one. Clients
   * send dropped datagrams again.
   *
   * @param isBegun whether a handshake with the sender is under way.
   * @returns false if a datagram was dropped.
   */
  push(datagram: Uint8Array, from: TransportAddress, isBegun = false): boolean {
    if (datagram.length > MAX_HANDSHAKE_DATAGRAM_BYTES) return false;
    const full = this.#size >= MAX_WAITING_HANDSHAKE_DATAGRAMS;
    if (full) {
      const heavier = this.#begun.most > this.#newcomers.most ? this.#begun : this.#newcomers;
      const { address } = from;
      const own = this.#begun.countOf(address) + this.#newcomers.countOf(address);
      if (heavier.most <= own) return false;
      heavier.drop();
    }
    const lane = isBegun ? this.#begun : this.#newcomers;
    lane.add({ datagram: datagram.slice(), from });
    this.#scheduleNext();
    return !full;
  }

  get #size(): number {
    return this.#begun.size + this.#newcomers.size;
  }

  #take(): Waiting | undefined {
    const isTurnOfNewcomer = this.#newcomers.size > 0 && this.#stepsOfBegun >= STEPS_PER_NEWCOMER;
    if (this.#begun.size > 0 && !isTurnOfNewcomer) {
      this.#stepsOfBegun++;
      return this.#begun.take();
    }
    this.#stepsOfBegun = 0;
    return this.#newcomers.take();
  }

  #scheduleNext(): void {
    if (this.#scheduled || this.#size === 0) return;
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
