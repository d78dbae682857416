/**
 * UDP port 5353 of this computer, which may be shared with another mDNS responder. An edge: it
 * opens sockets, and knows nothing about the content of packets.
 *
 * Receiving and sending use separate sockets. If the port is shared, the receiving socket is bound
 * to the group's address where the system allows it, so that it takes no packet that is sent to the
 * computer's other responder. The sending socket is bound to the address of the interface that is
 * meant, because Deno has no other way to choose an interface. Such a socket would take that
 * address's packets from the other responder, so it is open only while it sends.
 *
 * @module
 */

import type { Counters } from "../counters.ts";
import { MAX_PENDING_MDNS_SENDS, MDNS_GROUP, MDNS_TTL } from "../limits.ts";
import type { TransportAddress } from "../net/transport_address.ts";
import { UdpLoop } from "../net/udp_loop.ts";
import type { MdnsDatagram } from "./datagram.ts";
import { bindMdnsPort, receivingHost } from "./mdns_port.ts";

/** Handles a packet. The bytes are a view that is valid until the function returns. */
type Receive = (bytes: Uint8Array, from: TransportAddress) => void;

/** The port, open. */
export class MulticastPort {
  readonly #isShared: boolean;
  readonly #receive: Receive;
  readonly #counters: Counters;
  #loop: UdpLoop | undefined;
  #socket: Deno.DatagramConn | undefined;
  /** One address of each interface to listen on. */
  #addresses: readonly string[] = [];
  #sent: Promise<void> = Promise.resolve();
  #pendingSends = 0;
  #closed = false;

  /**
   * The port receives nothing until {@link join} is called.
   *
   * @param isShared whether another program on this computer answers on the port, as
   *   `isMdnsPortShared` says.
   */
  constructor(isShared: boolean, receive: Receive, counters: Counters) {
    this.#isShared = isShared;
    this.#receive = receive;
    this.#counters = counters;
  }

  /**
   * Listens on these interfaces and no others. A call with the same interfaces joins the group again.
   * That is necessary after the computer was asleep.
   *
   * @param addresses one IPv4 address of each interface.
   */
  async join(addresses: readonly string[]): Promise<void> {
    this.#loop?.close();
    this.#loop = this.#socket = undefined;
    this.#addresses = addresses;
    if (this.#closed || addresses.length === 0) return;
    try {
      const socket = this.#socket = bindMdnsPort(this.#receivingHost);
      this.#loop = new UdpLoop(socket, this.#counters);
      this.#loop.run(this.#receive);
      for (const address of addresses) {
        // The system refuses the second address of an interface that is already a member.
        if (!await joins(socket, address)) this.#counters.count("mdns-join-refused");
      }
    } catch {
      this.#counters.count("mdns-port-lost"); // the next hasLostGroup() leads to another attempt
    }
  }

  /**
   * Whether the group membership was lost without notice. This happens when a network card is
   * unplugged and plugged in again under the same name and address. {@link join} must then be
   * called again.
   */
  async hasLostGroup(): Promise<boolean> {
    const socket = this.#socket;
    if (socket === undefined) return this.#addresses.length > 0;
    let isLost = false;
    for (const address of this.#addresses) {
      // The system refuses a membership that exists already. If it accepts twice, it never refuses,
      // and nothing can be concluded.
      if (!await joins(socket, address)) continue;
      isLost ||= !await joins(socket, address);
    }
    return isLost;
  }

  /**
   * Sends datagrams, one after the other. A datagram that cannot be sent is lost, as it might be on
   * the network.
   */
  send(datagrams: readonly MdnsDatagram[]): void {
    for (const datagram of datagrams) {
      if (this.#pendingSends >= MAX_PENDING_MDNS_SENDS) {
        this.#counters.count("mdns-send-dropped");
        continue;
      }
      this.#pendingSends++;
      this.#sent = this.#sent.then(() => sendFrom(datagram)).catch(() =>
        this.#counters.count("mdns-send-error")
      ).finally(() => this.#pendingSends--);
    }
  }

  /** Frees the port once everything is sent. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#loop?.close();
    this.#loop = this.#socket = undefined;
    this.#addresses = [];
    await this.#sent;
  }

  get #receivingHost(): string {
    return receivingHost(this.#isShared);
  }
}

/** Joins the group on the interface with this address. @returns false if the system refuses. */
async function joins(socket: Deno.DatagramConn, address: string): Promise<boolean> {
  return await socket.joinMulticastV4(MDNS_GROUP, address).then(() => true, () => false);
}

async function sendFrom({ from, to, bytes }: MdnsDatagram): Promise<void> {
  const socket = bindMdnsPort(from);
  try {
    // RFC 6762 §11: some listeners reject a packet with another TTL as foreign.
    if (to.address === MDNS_GROUP) {
      await (await socket.joinMulticastV4(MDNS_GROUP, from)).setTTL(MDNS_TTL);
    }
    await socket.send(bytes, { transport: "udp", hostname: to.address, port: to.port });
  } finally {
    socket.close();
  }
}
