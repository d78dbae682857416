/**
 * A client address with all its allocations. Quotas and packet rates are counted per address,
 * because a client can open any number of ports on its address. All allocations of an address are
 * also reachable or unreachable together.
 *
 * @module
 */

import { TURN_MAX_PACKETS_PER_SECOND, TURN_SILENCE } from "../limits.ts";

/**
 * One client address that holds at least one allocation. It does not look into its allocations, so
 * their type is the parameter `Allocation`. Each allocation refers to its client address.
 */
export class ClientHost<Allocation = unknown> {
  /**
   * By the client's port. Address and port identify the 5-tuple, because the media relay has only
   * one socket.
   */
  readonly allocations = new Map<number, Allocation>();
  #windowEndsAt = 0;
  #packetsLeft = 0;
  #heardAt: number;
  #silentWindowEndsAt = 0;
  #silentPacketsLeft = 0;

  constructor(now: number) {
    this.#heardAt = now;
  }

  /** Records that a datagram arrived from this address. */
  heard(now: number): void {
    this.#heardAt = now;
  }

  /**
   * Whether a packet may be sent to this address. Any packet may, unless the address has fallen
   * silent: then only a few per second.
   */
  mayBeSent(now: number): boolean {
    if (now - this.#heardAt < TURN_SILENCE.afterMs) return true;
    if (now >= this.#silentWindowEndsAt) {
      this.#silentWindowEndsAt = now + 1000;
      this.#silentPacketsLeft = TURN_SILENCE.packetsPerSecond;
    }
    return this.#silentPacketsLeft-- > 0;
  }

  /**
   * Counts a packet from this address against the current second. Returns false if there were too
   * many.
   */
  takePacket(now: number): boolean {
    if (now >= this.#windowEndsAt) {
      this.#windowEndsAt = now + 1000;
      this.#packetsLeft = TURN_MAX_PACKETS_PER_SECOND;
    }
    return this.#packetsLeft-- > 0;
  }
}
