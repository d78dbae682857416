/**
 * Decides which guests are admitted when the hub is full: it counts handshakes and guests by client
 * address, and chooses which one has to leave. It does not end guests itself.
 *
 * @module
 */

import { FairShare } from "../fairness/fair_share.ts";
import { MAX_GUESTS, MAX_UNFINISHED_HANDSHAKES, MISSED_CHECKS_MS } from "../limits.ts";
import type { Guest } from "./guest.ts";

/** The handshakes in progress and the open guests of a hub. */
export class Admission {
  /** Guests whose channel is not open yet. */
  readonly #unfinished = new FairShare<Guest>();
  /** Guests whose channel is open. */
  readonly #open = new FairShare<Guest>();

  /** Whether there are as many guests as the limit allows. */
  get isFull(): boolean {
    return this.#open.size >= MAX_GUESTS;
  }

  /** How many open guests a client address has. */
  countOf(owner: string): number {
    return this.#open.countOf(owner);
  }

  /** A handshake begins. */
  begin(guest: Guest): void {
    this.#unfinished.add(guest.owner, guest);
  }

  /** A guest's channel is open. */
  enter(guest: Guest): void {
    this.#unfinished.delete(guest.owner, guest);
    this.#open.add(guest.owner, guest);
  }

  /** A guest, or a handshake, has ended. */
  leave(guest: Guest): void {
    this.#unfinished.delete(guest.owner, guest);
    this.#open.delete(guest.owner, guest);
  }

  /**
   * The handshake that has to end before another one can begin, if there are too many: the oldest
   * one of the client address that has the most.
   */
  handshakeToYield(): Guest | undefined {
    return this.#unfinished.size >= MAX_UNFINISHED_HANDSHAKES ? this.#unfinished.first : undefined;
  }

  /**
   * The guest that has to leave a full hub for a new guest of this client address.
   *
   * If any guests have missed their checks, it is the one that has been silent longest: it has
   * probably left, and may be the newcomer itself. Otherwise it is a guest of the client address
   * that has the most, if that address would still have more than the newcomer's: the guest that has
   * sent no message for the longest time.
   *
   * @returns undefined if no guest has to leave. The newcomer is then not admitted.
   */
  guestToYield(owner: string, now: number): Guest | undefined {
    const absent = this.#longestAbsent(now);
    if (absent !== undefined) return absent;
    const heaviest = this.#open.heaviest;
    if (heaviest === undefined) return undefined;
    if (this.#open.countOf(heaviest) <= this.#open.countOf(owner) + 1) return undefined;
    return least(this.#open.heldBy(heaviest), ({ lastMessage }) => lastMessage);
  }

  #longestAbsent(now: number): Guest | undefined {
    const guest = least(this.#open.all(), ({ lastCheck }) => lastCheck);
    return guest !== undefined && now - guest.lastCheck >= MISSED_CHECKS_MS ? guest : undefined;
  }
}

/** The first guest with the smallest number. */
function least(guests: Iterable<Guest>, numberOf: (guest: Guest) => number): Guest | undefined {
  let found: Guest | undefined;
  for (const guest of guests) {
    if (found === undefined || numberOf(guest) < numberOf(found)) found = guest;
  }
  return found;
}
