/**
 * The permissions of one allocation (RFC 8656 §9): the peer addresses that data may come from and
 * go to. Ports do not count.
 *
 * @module
 */

import { TURN_MAX_PERMISSIONS, TURN_PERMISSION_LIFETIME_MS } from "../limits.ts";

/** The permissions of one allocation, by address in dotted decimal. */
export class Permissions {
  readonly #expiresAt = new Map<string, number>();

  /**
   * Whether all of these addresses can be installed. Addresses that are installed already count
   * until they expire.
   */
  hasRoomFor(addresses: readonly string[], now: number): boolean {
    for (const [address, expiresAt] of this.#expiresAt) {
      if (expiresAt <= now) this.#expiresAt.delete(address);
    }
    const added = new Set(addresses.filter((address) => !this.#expiresAt.has(address)));
    return this.#expiresAt.size + added.size <= TURN_MAX_PERMISSIONS;
  }

  /** Installs or refreshes a permission. The caller has checked {@link hasRoomFor}. */
  install(address: string, now: number): void {
    this.#expiresAt.set(address, now + TURN_PERMISSION_LIFETIME_MS);
  }

  /** Whether data may pass between the allocation and this address. */
  allows(address: string, now: number): boolean {
    const expiresAt = this.#expiresAt.get(address);
    return expiresAt !== undefined && expiresAt > now;
  }
}
