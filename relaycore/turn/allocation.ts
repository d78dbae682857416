/**
 * An allocation (RFC 8656 §3.2): what one client holds of this relay. Its relayed transport address
 * is an identifier, not a socket: what other clients send to it goes straight to this client.
 *
 * @module
 */

import { parseIpv4, type TransportAddress, transportAddressKey } from "../net/transport_address.ts";
import { Channels } from "./channel_bind.ts";
import type { ClientHost } from "./client_host.ts";
import { Permissions } from "./permission.ts";

/** Where a datagram goes, made once per client: what `Deno.DatagramConn.send` takes, and more. */
export interface Destination {
  readonly transport: "udp";
  readonly hostname: string;
  readonly port: number;
  /** `hostname` as a signed 32-bit number. */
  readonly ip: number;
}

/** What an allocation is made of. */
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
  /** The client's address, with what else is allocated to it. */
  readonly host: ClientHost;
  readonly relayed: TransportAddress;
  /** The relayed transport address as a key of maps. One string for all packets: its hash is cached. */
  readonly relayedKey: string;
  /** The relayed address as a signed 32-bit number, which V8 compares and stores without boxing. */
  readonly relayedIp: number;
  readonly username: string;
  /** The transaction that made it, so that a retransmission can be told from a second Allocate. */
  readonly transactionId: Uint8Array;
  /** The lifetime that was granted first, for the answer to a retransmission. */
  readonly grantedLifetimeMs: number;
  readonly permissions = new Permissions();
  readonly channels = new Channels();
  expiresAt: number;
  /** When its client last sent anything from this 5-tuple. */
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
