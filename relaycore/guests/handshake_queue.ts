/**
 * Datagrams of handshakes, waiting to be worked off one at a time. A handshake step keeps the one
 * thread busy for a millisecond or more. Between two steps the socket has to be read, or a crowd
 * that joins at once overflows it, and data of open channels has to go through.
 *
 * Handshakes that have begun go before those that begin: then half of a crowd is in after half of the
 * time, instead of everybody at its end. Newcomers get a step now and then, whatever the others send.
 * Addresses take turns, so that an address that sends more than can be worked off delays only itself.
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

/** First in, first out for one address, and in turn for several. */
class Lane {
  readonly #waiting = new FairShare<Waiting>();
  /** Addresses that have something waiting, the one whose turn it is first. */
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

  /** How many datagrams the address has that has the most. */
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
  /** Steps of the others since the last one of a newcomer. */
  #stepsOfBegun = 0;
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
   * that has the most waiting, or this one if its own address has as many (its guests send again, and
   * what has waited longest is worked off soonest). Newcomers give way first where that is even.
   *
   * @param isBegun whether it comes from where a handshake is under way.
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
