/**
 * Finds this computer's address on systems that do not list their network interfaces, such as some
 * versions of Android. An edge: it opens a socket.
 *
 * @module
 */

import { isEqual } from "../bytes.ts";
import { OWN_ADDRESS_TIMEOUT_MS } from "../limits.ts";
import type { NetworkInterface } from "./network_interfaces.ts";

/** A multicast group in the IPv4 local scope (RFC 2365 §6.1). No other host has to join it. */
const GROUP = "239.255.71.11";

/** The name given to the interface; its real name is not known. */
const NAME = "network";

/** The size of nearly every home network and hotspot; the real one is not known. */
const NETMASK = "255.255.255.0";

/**
 * The interface that leads to the network. Only its address is certain. Each call of {@linkcode
 * OwnAddress.interfaces} looks it up again in the background.
 */
export class OwnAddress {
  #address: string | undefined;
  #isLooking = false;

  private constructor() {}

  /** Makes the first lookup. */
  static async find(): Promise<OwnAddress> {
    const own = new OwnAddress();
    await own.#look();
    return own;
  }

  /** The interface that the last lookup found; empty without a network. */
  interfaces(): NetworkInterface[] {
    this.#look();
    return this.#address === undefined
      ? []
      : [{ name: NAME, address: this.#address, netmask: NETMASK }];
  }

  async #look(): Promise<void> {
    if (this.#isLooking) return;
    this.#isLooking = true;
    this.#address = await addressTowardsNetwork().catch(() => undefined);
    this.#isLooking = false;
  }
}

/**
 * The address from which this computer sends to its network.
 *
 * It sends itself a datagram over a multicast group and reads the source address. The datagram has
 * a lifetime (TTL) of 0, so it never leaves the computer.
 *
 * @returns undefined if nothing comes back.
 * @throws {Error} if there is no network.
 */
async function addressTowardsNetwork(): Promise<string | undefined> {
  const socket = Deno.listenDatagram({ transport: "udp", hostname: "0.0.0.0", port: 0 });
  const timer = setTimeout(() => socket.close(), OWN_ADDRESS_TIMEOUT_MS);
  let isClosed = false;
  try {
    const membership = await socket.joinMulticastV4(GROUP, "0.0.0.0");
    await membership.setTTL(0);
    await membership.setLoopback(true);
    const sent = crypto.getRandomValues(new Uint8Array(16));
    const { port } = socket.addr as Deno.NetAddr;
    await socket.send(sent, { transport: "udp", hostname: GROUP, port });
    for await (const [bytes, from] of socket) {
      if (isEqual(bytes, sent) && from.transport === "udp") return from.hostname;
    }
    isClosed = true; // by the timer
    return undefined;
  } finally {
    clearTimeout(timer);
    if (!isClosed) {
      try {
        socket.close();
      } catch {
        // closed by the timer
      }
    }
  }
}
