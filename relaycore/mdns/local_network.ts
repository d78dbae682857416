/**
 * A network that the hub is on, and the time when each record was last multicast there. Pure.
 *
 * @module
 */

import type { NetworkInterface } from "../net/network_interfaces.ts";
import { parseIpv4 } from "../net/transport_address.ts";

/** The network behind an interface. */
export class LocalNetwork {
  readonly address: string;
  readonly #network: number;
  readonly #mask: number;
  readonly #multicastAt = new Map<string, number>();

  constructor({ address, netmask }: NetworkInterface) {
    this.address = address;
    this.#mask = parseIpv4(netmask) ?? 0xffffffff;
    this.#network = this.#networkOf(address) ?? 0;
  }

  /** Whether an address belongs to this network. */
  has(address: string): boolean {
    return this.#networkOf(address) === this.#network;
  }

  /** Notes that the record with this key was multicast. */
  said(key: string, now: number): void {
    this.#multicastAt.set(key, now);
  }

  /** The time since a record was last multicast, in ms. */
  sinceSaid(key: string, now: number): number {
    return now - (this.#multicastAt.get(key) ?? -Infinity);
  }

  #networkOf(address: string): number | undefined {
    const value = parseIpv4(address);
    return value === undefined ? undefined : (value & this.#mask) >>> 0;
  }
}
