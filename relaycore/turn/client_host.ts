/**
 * A client address with all its allocations: the unit that quotas and packet rates are counted by,
 * since whoever holds an address can open ports at will, and that comes and goes as one.
 *
 * @module
 */

import { TURN_MAX_PACKETS_PER_SECOND, TURN_SILENCE } from "../limits.ts";

/**
 * One client address that holds at least one allocation. It does not look into its allocations,
 * which know it: `Allocation` is their type.
 */
export class ClientHost<Allocation = unknown> {
  /** By the client's port: with the address, our end of it being one socket, this is the 5-tuple. */
  readonly allocations = new Map<number, Allocation>();
  #windowEndsAt = 0;
  #packetsLeft = 0;
  #heardAt: number;
  #silentWindowEndsAt = 0;
  #silentPacketsLeft = 0;

  constructor(now: number) {
    this.#heardAt = now;
  }

  /** Notes that something came from this address. */
  heard(now: number): void {
    this.#heardAt = now;
  }

  /** Whether a packet may be sent to this address: any, unless it has fallen silent. */
  mayBeSent(now: number): boolean {
    if (now - this.#heardAt < TURN_SILENCE.afterMs) return true;
    if (now >= this.#silentWindowEndsAt) {
      this.#silentWindowEndsAt = now + 1000;
      this.#silentPacketsLeft = TURN_SILENCE.packetsPerSecond;
    }
    return this.#silentPacketsLeft-- > 0;
  }

  /** Counts a packet from this address against this second; false when there were too many. */
  takePacket(now: number): boolean {
    if (now >= this.#windowEndsAt) {
      this.#windowEndsAt = now + 1000;
      this.#packetsLeft = TURN_MAX_PACKETS_PER_SECOND;
    }
    return this.#packetsLeft-- > 0;
  }
}
