/**
 * UDP port 5353 of this computer, shared with whoever else answers mDNS on it. An edge: it opens
 * sockets, and knows nothing of what is in the packets.
 *
 * What is received and what is sent have sockets of their own. Received is on the group's address
 * where that can be, which takes no packet that is sent to another responder of this computer. Sent
 * is from the address of the interface that is meant, because that is how a system without a choice
 * of interfaces (Deno has none) is told one; such a socket would take that address's packets from
 * the other responder, so it is open only for the sending.
 *
 * @module
 */

import type { Counters } from "../counters.ts";
import { MAX_PENDING_MDNS_SENDS, MDNS_GROUP, MDNS_TTL } from "../limits.ts";
import type { TransportAddress } from "../net/transport_address.ts";
import { UdpLoop } from "../net/udp_loop.ts";
import { bindMdnsPort, receivingHost } from "./mdns_port.ts";
import type { MdnsDatagram } from "./responder.ts";

/** The receiver's part: gets a view that is valid until it returns. */
type Receive = (bytes: Uint8Array, from: TransportAddress) => void;

/** The port, open. */
export class MulticastPort {
  readonly #isShared: boolean;
  readonly #receive: Receive;
  readonly #counters: Counters;
  #loop: UdpLoop | undefined;
  #socket: Deno.DatagramConn | undefined;
  /** One of each interface that is to be listened on. */
  #addresses: readonly string[] = [];
  #sent: Promise<void> = Promise.resolve();
  #pendingSends = 0;
  #closed = false;

  /**
   * Hears nothing until {@link join} is called.
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
   * Listens on these interfaces and no others. Calling it again with the same ones makes all anew,
   * which is what a computer needs that was asleep.
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
        // Two addresses of one interface: the second one is a member already, and the system objects.
        if (!await joins(socket, address)) this.#counters.count("mdns-join-refused");
      }
    } catch {
      this.#counters.count("mdns-port-lost"); // until hasLostGroup is asked
    }
  }

  /**
   * Whether the group was left without a word, as happens when a network card is unplugged and
   * plugged in again under the same name and address. Then {@link join} has to be called again.
   */
  async hasLostGroup(): Promise<boolean> {
    const socket = this.#socket;
    if (socket === undefined) return this.#addresses.length > 0;
    let isLost = false;
    for (const address of this.#addresses) {
      // The system refuses a member that is one already. A system that never refuses tells nothing.
      if (!await joins(socket, address)) continue;
      isLost ||= !await joins(socket, address);
    }
    return isLost;
  }

  /** Sends datagrams, one after the other. What cannot be sent is lost, as on the way. */
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
    // RFC 6762 §11: some listeners take a packet for foreign that has another TTL.
    if (to.address === MDNS_GROUP) {
      await (await socket.joinMulticastV4(MDNS_GROUP, from)).setTTL(MDNS_TTL);
    }
    await socket.send(bytes, { transport: "udp", hostname: to.address, port: to.port });
  } finally {
    socket.close();
  }
}
