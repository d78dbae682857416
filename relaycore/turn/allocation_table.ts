/**
 * The table of all allocations. An allocation is found by the client's 5-tuple or by the relayed
 * port. The table holds a fixed number of them. When the table is full, the client address with the
 * most allocations loses one to an address that has fewer.
 *
 * @module
 */

import { FairShare } from "../fairness/fair_share.ts";
import { TURN_MAX_ALLOCATIONS, TURN_RELAYED_PORTS } from "../limits.ts";
import { Allocation, type AllocationContent, destinationOf } from "./allocation.ts";
import { ClientHost } from "./client_host.ts";

const PORT_COUNT = TURN_RELAYED_PORTS.last - TURN_RELAYED_PORTS.first + 1;

/** The allocations of one media relay. */
export class AllocationTable {
  /**
   * By the client's address as a signed 32-bit number, so that no string is hashed for a packet.
   */
  readonly #hosts = new Map<number, ClientHost<Allocation>>();
  readonly #byRelayedPort: (Allocation | undefined)[] = new Array(PORT_COUNT).fill(undefined);
  readonly #shares = new FairShare<Allocation>();
  /** How many allocations have each relayed address. */
  readonly #relayedAddresses = new Map<string, number>();
  readonly #random: () => number;

  /** @param random returns a number from 0 up to 1, 1 excluded. */
  constructor(random: () => number) {
    this.#random = random;
  }

  /**
   * The number of allocations. It includes those that have expired since the last {@link sweep}.
   */
  get size(): number {
    return this.#shares.size;
  }

  /** The client with this address, if it holds allocations. */
  host(ip: number): ClientHost<Allocation> | undefined {
    return this.#hosts.get(ip);
  }

  /** The live allocation with this relayed port. */
  withRelayedPort(port: number, now: number): Allocation | undefined {
    const allocation = this.#byRelayedPort[port - TURN_RELAYED_PORTS.first];
    return allocation !== undefined && allocation.expiresAt > now ? allocation : undefined;
  }

  /** Whether some allocation has this relayed address. */
  hasRelayedAddress(address: string): boolean {
    return this.#relayedAddresses.has(address);
  }

  /**
   * Makes room for one more allocation of a client address. If the table is full, the address with
   * the most allocations loses the one that has been unused for the longest time. It loses none
   * unless it has at least two allocations more than the client's address.
   *
   * @param address the client's address.
   * @returns `"free"` if there was room, `"yielded"` if an allocation was ended, `"full"` if there
   *   is no room for this address.
   */
  makeRoom(address: string): "free" | "yielded" | "full" {
    if (this.size < TURN_MAX_ALLOCATIONS) return "free";
    const heaviest = this.#shares.heaviest;
    if (heaviest === undefined) return "full";
    if (this.#shares.countOf(heaviest) <= this.#shares.countOf(address) + 1) return "full";
    let idlest: Allocation | undefined;
    for (const allocation of this.#shares.heldBy(heaviest)) {
      if (idlest === undefined || allocation.usedAt < idlest.usedAt) idlest = allocation;
    }
    this.remove(idlest!);
    return "yielded";
  }

  /**
   * A relayed port that no allocation has, or undefined if all are taken. The port is drawn at
   * random, so that a port is not soon used again.
   *
   * @param even whether the port must be an even number (EVEN-PORT, RFC 8656 §18.6).
   */
  freePort(even: boolean): number | undefined {
    const start = Math.floor(this.#random() * PORT_COUNT);
    for (let step = 0; step < PORT_COUNT; step++) {
      const port = TURN_RELAYED_PORTS.first + (start + step) % PORT_COUNT;
      if (even && port % 2 !== 0) continue;
      if (this.#byRelayedPort[port - TURN_RELAYED_PORTS.first] === undefined) return port;
    }
    return undefined;
  }

  /**
   * Makes an allocation. The caller has called {@link makeRoom}, and the port comes from {@link
   * freePort}.
   */
  add(content: AllocationContent, now: number): Allocation {
    const { relayed } = content;
    const { ip, port } = destinationOf(content.client);
    let host = this.#hosts.get(ip);
    if (host === undefined) this.#hosts.set(ip, host = new ClientHost(now));
    const allocation = new Allocation(content, host, now);
    host.allocations.set(port, allocation);
    this.#byRelayedPort[relayed.port - TURN_RELAYED_PORTS.first] = allocation;
    const sharing = this.#relayedAddresses.get(relayed.address) ?? 0;
    this.#relayedAddresses.set(relayed.address, sharing + 1);
    this.#shares.add(content.client.address, allocation);
    return allocation;
  }

  /** Ends an allocation. */
  remove(allocation: Allocation): void {
    const { destination: { ip, port }, host, relayed } = allocation;
    if (host.allocations.get(port) !== allocation) return;
    host.allocations.delete(port);
    if (host.allocations.size === 0) this.#hosts.delete(ip);
    this.#byRelayedPort[relayed.port - TURN_RELAYED_PORTS.first] = undefined;
    const sharing = this.#relayedAddresses.get(relayed.address) ?? 1;
    if (sharing > 1) this.#relayedAddresses.set(relayed.address, sharing - 1);
    else this.#relayedAddresses.delete(relayed.address);
    this.#shares.delete(allocation.client.address, allocation);
  }

  /** Ends the allocations whose lifetime has expired. */
  sweep(now: number): void {
    for (const host of this.#hosts.values()) {
      for (const allocation of host.allocations.values()) {
        if (allocation.expiresAt <= now) this.remove(allocation);
      }
    }
  }
}
