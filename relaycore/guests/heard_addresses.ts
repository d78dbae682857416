/**
 * The addresses that valid connectivity checks came from. They show whether UDP from an address
 * reaches the hub. If there are too many, the oldest one is forgotten.
 *
 * @module
 */

import { MAX_HEARD_ADDRESSES } from "../limits.ts";

/** Addresses that have been heard, without ports. */
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

  /** Whether an address has been heard, and has not been forgotten since. */
  has(address: string): boolean {
    return this.#addresses.has(address);
  }
}
