/**
 * An allocation (RFC 8656 §3.2): the state that the media relay keeps for one client. The relayed
 * transport address is an identifier, not a socket: data that other clients send to it goes
 * straight to this client.
 *
 * @module
 */

import { parseIpv4, type TransportAddress, transportAddressKey } from "../net/transport_address.ts";
import { Channels } from "./channel_bind.ts";
import type { ClientHost } from "./client_host.ts";
import { Permissions } from "./permission.ts";

/**
 * The destination of a datagram. It is made once per client. `Deno.DatagramConn.send` accepts it as
 * it is.
 */
export interface Destination {
  readonly transport: "udp";
  readonly hostname: string;
  readonly port: number;
  /** `hostname` as a signed 32-bit number. */
  readonly ip: number;
}

/** The values that an allocation is made from. */
export interface AllocationContent {
  readonly client: TransportAddress;
  readonly relayed: TransportAddress;
  readonly username: string;
  /** Twelve bytes, copied. */
  readonly transactionId: Uint8Array;
  readonly lifetimeMs: number;
}

/** One allocation. */
export class Allocation {
  readonly client: TransportAddress;
  readonly destination: Destination;
  /** The client's address, with all allocations of that address. */
  readonly host: ClientHost;
  readonly relayed: TransportAddress;
  /**
   * The relayed transport address as a key of maps. All packets use this one string, so its hash is
   * cached.
   */
  readonly relayedKey: string;
  /** The relayed address as a signed 32-bit number, which V8 compares and stores without boxing. */
  readonly relayedIp: number;
  readonly username: string;
  /**
   * The id of the transaction that made the allocation. It tells a retransmission from a second
   * Allocate.
   */
  readonly transactionId: Uint8Array;
  /** The lifetime that was granted first. The answer to a retransmission repeats it. */
  readonly grantedLifetimeMs: number;
  readonly permissions = new Permissions();
  readonly channels = new Channels();
  expiresAt: number;
  /** When the client last sent anything from this 5-tuple. */
  usedAt: number;

  constructor(content: AllocationContent, host: ClientHost, now: number) {
    this.host = host;
    this.client = content.client;
    const { address, port } = content.client;
    this.destination = destinationOf({ address, port });
    this.relayed = content.relayed;
    this.relayedKey = transportAddressKey(content.relayed);
    this.relayedIp = destinationOf(content.relayed).ip;
    this.username = content.username;
    this.transactionId = content.transactionId.slice();
    this.grantedLifetimeMs = content.lifetimeMs;
    this.expiresAt = now + content.lifetimeMs;
    this.usedAt = now;
  }
}

/** A transport address as a destination. */
export function destinationOf({ address, port }: TransportAddress): Destination {
  return { transport: "udp", hostname: address, port, ip: (parseIpv4(address) ?? 0) | 0 };
}
