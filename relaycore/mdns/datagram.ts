/**
 * mDNS packets to send. Pure.
 *
 * @module
 */

import { MDNS_GROUP, MDNS_PORT } from "../limits.ts";
import type { TransportAddress } from "../net/transport_address.ts";
import type { LocalNetwork } from "./local_network.ts";
import { encodeMessage, type MdnsMessage } from "./message.ts";

/** A packet to send, from port 5353 of the interface with this address. */
export interface MdnsDatagram {
  readonly from: string;
  readonly to: TransportAddress;
  readonly bytes: Uint8Array;
}

const GROUP: TransportAddress = { address: MDNS_GROUP, port: MDNS_PORT };

/** A packet to all mDNS hosts on a network. */
export function multicast(network: LocalNetwork, message: Partial<MdnsMessage>): MdnsDatagram {
  return { from: network.address, to: GROUP, bytes: encodeMessage(message) };
}
