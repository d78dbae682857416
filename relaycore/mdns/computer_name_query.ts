/**
 * Finds out whether guests can resolve this computer's own name: whether an mDNS responder, usually
 * the system's, answers for it with an address of this computer. Sans-IO.
 *
 * @module
 */

import {
  COMPUTER_NAME_QUERY_DELAYS_MS,
  COMPUTER_NAME_QUERY_INTERVAL_MS,
  MDNS_PORT,
} from "../limits.ts";
import type { NetworkInterface } from "../net/network_interfaces.ts";
import type { TransportAddress } from "../net/transport_address.ts";
import { type MdnsDatagram, multicast } from "./datagram.ts";
import { LocalNetwork } from "./local_network.ts";
import { decodeMessage } from "./message.ts";
import { isSameName } from "./records.ts";

/** Part of a record's lifetime after which it is asked for again (RFC 6762 §5.2). */
const REFRESH_AT = 0.8;

/** A question that is repeated as long as the hub runs. */
export class ComputerNameQuery {
  /** The name, with `.local`. */
  readonly name: string;
  #networks: readonly LocalNetwork[] = [];
  #asked = 0;
  #due = Infinity;
  #expires = -Infinity;
  #isAnswered = false;

  constructor(name: string) {
    this.name = name;
  }

  /** Whether there was an answer with one of this computer's addresses that has not expired. */
  get answered(): boolean {
    return this.#isAnswered;
  }

  /** The time when {@link poll} next returns something; undefined for never. */
  get nextDeadline(): number | undefined {
    const next = this.#isAnswered ? Math.min(this.#due, this.#expires) : this.#due;
    return next === Infinity ? undefined : next;
  }

  /** Sets the current interfaces, and asks again on all of them. */
  setInterfaces(interfaces: readonly NetworkInterface[], now: number): void {
    this.#networks = interfaces.map((one) => new LocalNetwork(one));
    this.#asked = 0;
    this.#due = this.#networks.length === 0 ? Infinity : now;
    // The last answer may have contained an address that this computer no longer has.
    this.#expires = Math.min(this.#expires, now + COMPUTER_NAME_QUERY_DELAYS_MS.at(-1)!);
  }

  /** Handles a packet from the network. Its content is not trusted. */
  receive(bytes: Uint8Array, from: TransportAddress, now: number): void {
    // Only responses of hosts on the local network count (RFC 6762 §6, §11). The top bit of byte 2
    // marks a response.
    const isResponse = bytes.length > 2 && (bytes[2] & 0x80) !== 0;
    if (!isResponse || from.port !== MDNS_PORT) return;
    if (!this.#networks.some((network) => network.has(from.address))) return;
    const message = decodeMessage(bytes);
    if (message === undefined) return;
    for (const { name, type, data, ttl } of [...message.answers, ...message.additionals]) {
      // Another computer with the same name would lead guests to an address without a hub.
      if (type !== "A" || !isSameName(name, this.name)) continue;
      if (!this.#networks.some(({ address }) => address === data)) continue;
      this.#isAnswered = ttl > 0;
      this.#expires = now + ttl * 1000;
      this.#asked = COMPUTER_NAME_QUERY_DELAYS_MS.length;
      this.#due = ttl > 0 ? now + ttl * 1000 * REFRESH_AT : now + COMPUTER_NAME_QUERY_INTERVAL_MS;
      if (ttl > 0) return;
    }
  }

  /** All packets that are due. */
  poll(now: number): MdnsDatagram[] {
    if (now >= this.#expires) this.#isAnswered = false;
    if (now < this.#due) return [];
    this.#due = now +
      (COMPUTER_NAME_QUERY_DELAYS_MS[this.#asked++] ?? COMPUTER_NAME_QUERY_INTERVAL_MS);
    const questions = [{ name: this.name, type: "A", unicast: false }];
    return this.#networks.map((network) => multicast(network, { questions }));
  }
}
