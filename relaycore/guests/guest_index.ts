/**
 * Finds guests by the address where they live, by the address where their handshake began, and by
 * agent. It makes no decisions.
 *
 * A guest _lives_ at an address once its handshake is complete. At each address there is at most one
 * guest and one handshake in progress.
 *
 * @module
 */

import { MAX_GUESTS_TRIED } from "../limits.ts";
import { type TransportAddress, transportAddressKey } from "../net/transport_address.ts";
import type { Guest } from "./guest.ts";

/** All guests and handshakes. */
export class GuestIndex {
  readonly #all = new Set<Guest>();
  readonly #living = new Map<string, Guest>();
  readonly #handshakes = new Map<string, Guest>();
  readonly #byAgent = new Map<string, Set<Guest>>();

  /** Guests and handshakes, in the order in which they began. */
  all(): Iterable<Guest> {
    return this.#all;
  }

  /** Whether there is no guest and no handshake. */
  get isEmpty(): boolean {
    return this.#all.size === 0;
  }

  has(guest: Guest): boolean {
    return this.#all.has(guest);
  }

  /** The guest that lives at an address. */
  livingAt(key: string): Guest | undefined {
    return this.#living.get(key);
  }

  /** The handshake that is in progress with an address. */
  handshakeAt(key: string): Guest | undefined {
    return this.#handshakes.get(key);
  }

  /**
   * Guests and handshakes of an agent: usually one, and two while it connects again. There are more
   * only if other clients use its tie-breaker. At most {@link MAX_GUESTS_TRIED} are returned.
   */
  ofAgent(agent: string): Guest[] {
    const guests: Guest[] = [];
    for (const guest of this.#byAgent.get(agent) ?? []) {
      if (guests.length === MAX_GUESTS_TRIED) break;
      guests.push(guest);
    }
    return guests;
  }

  /** Adds a handshake. No other one may be in progress at its address. */
  add(guest: Guest): void {
    this.#all.add(guest);
    this.#handshakes.set(guest.addressKey, guest);
    const others = this.#byAgent.get(guest.agent);
    if (others === undefined) this.#byAgent.set(guest.agent, new Set([guest]));
    else others.add(guest);
  }

  /** A handshake is complete: its guest lives at its address. No other guest may live there. */
  complete(guest: Guest): void {
    this.#handshakes.delete(guest.addressKey);
    this.#living.set(guest.addressKey, guest);
  }

  /** A living guest moves to an address where no guest lives. */
  move(guest: Guest, address: TransportAddress): void {
    this.#living.delete(guest.addressKey);
    guest.address = address;
    guest.addressKey = transportAddressKey(address);
    this.#living.set(guest.addressKey, guest);
  }

  delete(guest: Guest): void {
    const { addressKey, agent } = guest;
    this.#all.delete(guest);
    if (this.#living.get(addressKey) === guest) this.#living.delete(addressKey);
    if (this.#handshakes.get(addressKey) === guest) this.#handshakes.delete(addressKey);
    const others = this.#byAgent.get(agent);
    others?.delete(guest);
    if (others?.size === 0) this.#byAgent.delete(agent);
  }
}
