/**
 * The addresses that valid connectivity checks came from. They show whether UDP from an address
 * gets through. A ring: the oldest is forgotten first.
 *
 * @module
 */

import { MAX_HEARD_ADDRESSES } from "../limits.ts";

/** Addresses, without their ports, that have been heard. */
export class HeardAddresses {
  readonly #addresses = new Set<string>();

  /** A valid check came from this address. */
  add(address: string): void {
    if (this.#addresses.has(address)) return;
    if (this.#addresses.size >= MAX_HEARD_ADDRESSES) {
      this.#addresses.delete(this.#addresses.values().next().value!);
    }
    this.#addresses.add(address);
  }

  /** Whether it has been heard, and not forgotten since. */
  has(address: string): boolean {
    return this.#addresses.has(address);
  }
}
