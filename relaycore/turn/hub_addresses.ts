/**
 * Which of the hub's own addresses a client sees. One socket bound to every interface is not told
 * by which address a packet came in, so it is worked out as the operating system works out the
 * source of the answer: the address on the client's own subnet.
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

/** The addresses of one moment. It never changes; a new one takes its place. */
export class HubAddresses {
  readonly #subnets: readonly Subnet[];

  /** @param addresses best first. Loopback need not be among them. */
  constructor(addresses: readonly HubAddress[]) {
    this.#subnets = [...addresses, LOOPBACK].flatMap(({ address, netmask }) => {
      const value = parseIpv4(address);
      const mask = parseIpv4(netmask);
      return value === undefined || mask === undefined ? [] : [{ address, value, mask }];
    });
  }

  /** Whether this is an address of the hub on a network: loopback is not one. */
  has(address: string): boolean {
    return this.#subnets.some((own) => own.address === address && !isLoopback(address));
  }

  /**
   * The hub's address as this client sees it: itself for a client on this machine, else the one on
   * the longest matching subnet, else (a client behind a router) the best one there is.
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
