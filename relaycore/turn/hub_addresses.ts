/**
 * Finds which of the hub's own addresses a client sees. A socket that is bound to all interfaces
 * does not tell at which address a packet arrived. The address is therefore chosen as the operating
 * system chooses the source of the answer: it is the one on the client's own subnet.
 *
 * @module
 */

import type { NetworkInterface } from "../net/network_interfaces.ts";
import { parseIpv4 } from "../net/transport_address.ts";

/** An IPv4 address of this machine and the mask of its subnet, both in dotted decimal. */
export type HubAddress = Pick<NetworkInterface, "address" | "netmask">;

const LOOPBACK: HubAddress = { address: "127.0.0.1", netmask: "255.0.0.0" };

interface Subnet {
  readonly address: string;
  readonly value: number;
  readonly mask: number;
}

/**
 * The hub's addresses at one moment. The object never changes: when the addresses change, a new one
 * replaces it.
 */
export class HubAddresses {
  readonly #subnets: readonly Subnet[];

  /** @param addresses best first. Loopback may be left out. */
  constructor(addresses: readonly HubAddress[]) {
    this.#subnets = [...addresses, LOOPBACK].flatMap(({ address, netmask }) => {
      const value = parseIpv4(address);
      const mask = parseIpv4(netmask);
      return value === undefined || mask === undefined ? [] : [{ address, value, mask }];
    });
  }

  /** Whether this is an address of the hub on a network. Loopback does not count. */
  has(address: string): boolean {
    return this.#subnets.some((own) => own.address === address && !isLoopback(address));
  }

  /**
   * The hub's address as this client sees it. For a client on this machine, it is the client's own
   * address. Otherwise it is the address with the longest matching subnet, or the best address if
   * no subnet matches (a client behind a router).
   */
  facing(client: string): string {
    const value = parseIpv4(client) ?? 0;
    let best = this.#subnets[0];
    let bestMask = -1;
    for (const own of this.#subnets) {
      if (own.value === value) return own.address;
      if (((own.value ^ value) & own.mask) === 0 && own.mask > bestMask) {
        best = own;
        bestMask = own.mask;
      }
    }
    return best.address;
  }
}

/** Whether an address in dotted decimal never leaves this machine. */
export function isLoopback(address: string): boolean {
  return address.startsWith("127.");
}
