/**
 * A network of mDNS responders without sockets, with a fake clock. All responders on the network
 * receive a multicast packet, including its sender, as with a real socket.
 *
 * @module
 */

import type { TransportAddress } from "../../../relaycore/net/transport_address.ts";
import type { MdnsDatagram } from "../../../relaycore/mdns/datagram.ts";
import { decodeMessage, type MdnsMessage } from "../../../relaycore/mdns/message.ts";
import { MdnsResponder } from "../../../relaycore/mdns/responder.ts";

const NETMASK = "255.255.255.0";

/** A packet that was sent, decoded. */
export interface SentMessage extends MdnsMessage {
  readonly at: number;
  readonly from: string;
  readonly to: TransportAddress;
}

/** A hub's responder on the network. */
export interface MdnsHub {
  readonly responder: MdnsResponder;
  addresses: readonly string[];
}

/** The network. */
export class MdnsNetwork {
  now = 1000;
  /** Everything sent so far. */
  readonly sent: SentMessage[] = [];
  /** Whether packets reach one address from another. */
  reaches: (from: string, to: string) => boolean = () => true;
  readonly #hubs: MdnsHub[] = [];

  /** Adds a hub at these addresses, all in networks of 256. */
  add(addresses: readonly string[], random = 0.5, hostLabel = "kbz-cabin"): MdnsHub {
    const responder = new MdnsResponder(
      { hostLabel, instance: "Kibitz Offline", port: 4711, txt: ["version=1.2.3", "discovery=1"] },
      () => random,
    );
    const hub: MdnsHub = { responder, addresses };
    this.#hubs.push(hub);
    this.move(hub, addresses);
    return hub;
  }

  /** Gives a hub other addresses. */
  move(hub: MdnsHub, addresses: readonly string[]): void {
    hub.addresses = addresses;
    hub.responder.setInterfaces(
      addresses.map((address, i) => ({ name: `eth${i}`, address, netmask: NETMASK })),
      this.now,
    );
  }

  /** Removes a hub, with or without its goodbye. */
  remove(hub: MdnsHub, { goodbye }: { goodbye: boolean }): void {
    this.#hubs.splice(this.#hubs.indexOf(hub), 1);
    if (goodbye) this.#deliver(hub.responder.goodbye());
  }

  /** Advances the clock, and does everything that is due meanwhile. */
  run(ms: number): void {
    const end = this.now + ms;
    for (let rounds = 0; rounds < 100_000; rounds++) {
      for (const { responder } of this.#hubs) this.#deliver(responder.poll(this.now));
      const next = Math.min(
        ...this.#hubs.map(({ responder }) => responder.nextDeadline ?? Infinity),
      );
      if (next <= this.now) continue;
      if (next > end) {
        this.now = end;
        return;
      }
      this.now = next;
    }
    throw new Error("the responders never come to rest");
  }

  /** Multicasts a packet from a host that is not a hub. */
  inject(bytes: Uint8Array, from: TransportAddress): void {
    for (const hub of [...this.#hubs]) hub.responder.receive(bytes, from, this.now);
  }

  /** The packets since `at`. */
  since(at: number): SentMessage[] {
    return this.sent.filter((message) => message.at >= at);
  }

  #deliver(datagrams: readonly MdnsDatagram[]): void {
    for (const { from, to, bytes } of datagrams) {
      const message = decodeMessage(bytes);
      if (message === undefined) throw new Error("a responder sent what it cannot read itself");
      this.sent.push({ ...message, at: this.now, from, to });
      if (!to.address.startsWith("224.")) continue;
      for (const hub of this.#hubs) {
        const hears = hub.addresses.some((own) => isOneLink(own, from) && this.reaches(from, own));
        if (hears) hub.responder.receive(bytes, { address: from, port: 5353 }, this.now);
      }
    }
  }
}

function isOneLink(a: string, b: string): boolean {
  return a.slice(0, a.lastIndexOf(".")) === b.slice(0, b.lastIndexOf("."));
}
