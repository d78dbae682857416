/**
 * The requests of an authenticated TURN client: Allocate, Refresh, CreatePermission and ChannelBind
 * (RFC 8656 §7–§10, §12). Each function returns the attributes of a success response, or an error
 * code. `server.ts` makes the messages.
 *
 * @module
 */

import { TURN_ALLOCATION_LIFETIME_MS } from "../limits.ts";
import { type TransportAddress, transportAddressKey } from "../net/transport_address.ts";
import { decodeXorAddress, encodeXorAddress } from "../stun/attributes.ts";
import { findAttribute, type StunMessage } from "../stun/message.ts";
import { Attribute } from "../stun/registry.ts";
import type { Allocation } from "./allocation.ts";
import type { AllocationTable } from "./allocation_table.ts";
import { CHANNEL_NUMBERS } from "./channel_bind.ts";
import { type HubAddresses, isLoopback } from "./hub_addresses.ts";

/** The errors a request can end with, after authentication (RFC 8489 §14.8, RFC 8656 §19). */
export type RequestError = 400 | 403 | 437 | 440 | 441 | 442 | 443 | 486 | 508;

/** A request whose sender has proved that it knows the password. */
export interface AuthenticatedRequest {
  readonly message: StunMessage;
  readonly client: TransportAddress;
  readonly username: string;
  /** The allocation of this 5-tuple, if it has one. */
  readonly allocation: Allocation | undefined;
}

/** The state that a request may change, and the data that it is judged by. */
export interface RequestContext {
  readonly table: AllocationTable;
  readonly hubAddresses: HubAddresses;
  /** Milliseconds. */
  readonly now: number;
  /** Counts something for `/status`. */
  readonly count: (name: string) => void;
}

/** The attributes of a success response, or the code of an error response. */
export type RequestResult = readonly (readonly [type: number, value: Uint8Array])[] | RequestError;

const UDP = 17;
const FAMILY_IPV4 = 1;
const FAMILY_IPV6 = 2;
const RESERVE_NEXT_PORT = 0x80;

/** Allocate (RFC 8656 §7.2). */
export function allocate(request: AuthenticatedRequest, context: RequestContext): RequestResult {
  const { message, client, username, allocation } = request;
  const { table, now } = context;
  if (allocation !== undefined) {
    // A retransmission gets the answer that the first one got. A second Allocate is an error.
    return equal(allocation.transactionId, message.transactionId) ? allocated(allocation) : 437;
  }

  const transport = findAttribute(message, Attribute.requestedTransport);
  if (transport?.length !== 4) return 400;
  if (transport[0] !== UDP) return 442;

  const family = findAttribute(message, Attribute.requestedAddressFamily);
  const evenPort = findAttribute(message, Attribute.evenPort);
  if (findAttribute(message, Attribute.reservationToken) !== undefined) {
    // This server never reserves a port, so no token can be valid.
    return evenPort !== undefined || family !== undefined ? 400 : 508;
  }
  if (family !== undefined) {
    if (family.length !== 4) return 400;
    if (family[0] !== FAMILY_IPV4) return 440;
  }
  if (evenPort !== undefined) {
    if (evenPort.length !== 1) return 400;
    // Pairs of ports are for RTP without RTCP multiplexing, which browsers no longer use.
    if (evenPort[0] & RESERVE_NEXT_PORT) return 508;
  }
  const lifetimeMs = grantedLifetime(message);
  if (lifetimeMs === undefined) return 400;

  const room = table.makeRoom(client.address);
  if (room === "full") return 486;
  if (room === "yielded") context.count("turn-allocation-yielded");
  const port = table.freePort(evenPort !== undefined);
  if (port === undefined) return 508;
  const relayed = { address: context.hubAddresses.facing(client.address), port };
  const { transactionId } = message;
  return allocated(table.add({
    client,
    relayed,
    username,
    transactionId,
    // An Allocate cannot end an allocation, so a lifetime of 0 counts as no requested lifetime.
    lifetimeMs: lifetimeMs === 0 ? TURN_ALLOCATION_LIFETIME_MS.default : lifetimeMs,
  }, now));
}

/** Refresh (RFC 8656 §8.2). */
export function refresh(request: AuthenticatedRequest, context: RequestContext): RequestResult {
  const allocation = ownAllocation(request);
  if (typeof allocation === "number") return allocation;
  const family = findAttribute(request.message, Attribute.requestedAddressFamily);
  if (family !== undefined && family[0] !== FAMILY_IPV4) return 443;
  const lifetimeMs = grantedLifetime(request.message);
  if (lifetimeMs === undefined) return 400;

  if (lifetimeMs === 0) context.table.remove(allocation);
  else allocation.expiresAt = context.now + lifetimeMs;
  return [[Attribute.lifetime, seconds(lifetimeMs)]];
}

/** CreatePermission (RFC 8656 §10.2). It installs all of the addresses or none of them. */
export function createPermission(
  request: AuthenticatedRequest,
  context: RequestContext,
): RequestResult {
  const allocation = ownAllocation(request);
  if (typeof allocation === "number") return allocation;
  const addresses: string[] = [];
  for (const { type, value } of request.message.attributes) {
    if (type !== Attribute.xorPeerAddress) continue;
    const peer = peerAddress(value);
    if (typeof peer === "number") return peer;
    if (!isPermitted(peer.address, allocation, context)) return 403;
    addresses.push(peer.address);
  }
  if (addresses.length === 0) return 400;
  if (!allocation.permissions.hasRoomFor(addresses, context.now)) return 508;
  for (const address of addresses) allocation.permissions.install(address, context.now);
  return [];
}

/** ChannelBind (RFC 8656 §12.2). It also installs a permission. */
export function channelBind(request: AuthenticatedRequest, context: RequestContext): RequestResult {
  const allocation = ownAllocation(request);
  if (typeof allocation === "number") return allocation;
  const { now, table } = context;
  const channelNumber = findAttribute(request.message, Attribute.channelNumber);
  const peerValue = findAttribute(request.message, Attribute.xorPeerAddress);
  if (channelNumber?.length !== 4 || peerValue === undefined) return 400;
  const number = (channelNumber[0] << 8) | channelNumber[1];
  if (number < CHANNEL_NUMBERS.first || number > CHANNEL_NUMBERS.last) return 400;
  const peer = peerAddress(peerValue);
  if (typeof peer === "number") return peer;

  const key = transportAddressKey(peer);
  if (allocation.channels.conflictsWith(number, key, now)) return 400;
  // A channel leads to one transport address, so the port counts here as well.
  if (table.withRelayedPort(peer.port, now)?.relayedKey !== key) return 403;
  if (
    !allocation.permissions.hasRoomFor([peer.address], now) ||
    !allocation.channels.hasRoomFor(number, now)
  ) return 508;
  allocation.permissions.install(peer.address, now);
  allocation.channels.bind(number, key, peer.port, now);
  return [];
}

/**
 * Whether data may pass between an allocation and peers at this address. Peers can only be relayed
 * transport addresses of this media relay, so only the hub's addresses and those of existing
 * allocations are permitted. The port is not checked (RFC 8656 §10.2); a packet for any port that
 * is not a relayed one is dropped.
 *
 * Loopback is permitted only between clients on this machine.
 */
function isPermitted(address: string, allocation: Allocation, context: RequestContext): boolean {
  if (isLoopback(address) && !isLoopback(allocation.relayed.address)) return false;
  return context.hubAddresses.has(address) || context.table.hasRelayedAddress(address);
}

/**
 * The allocation that a request is about, or the error code if the client has none or may not use
 * it.
 */
function ownAllocation({ allocation, username }: AuthenticatedRequest): Allocation | 437 | 441 {
  if (allocation === undefined) return 437;
  return allocation.username === username ? allocation : 441;
}

function allocated(allocation: Allocation): RequestResult {
  return [
    [Attribute.xorRelayedAddress, encodeXorAddress(allocation.relayed)],
    [Attribute.lifetime, seconds(allocation.grantedLifetimeMs)],
    [Attribute.xorMappedAddress, encodeXorAddress(allocation.client)],
  ];
}

/**
 * The granted lifetime in milliseconds for a request with or without LIFETIME, or undefined if the
 * attribute is malformed.
 */
function grantedLifetime(message: StunMessage): number | undefined {
  const { default: shortest, max } = TURN_ALLOCATION_LIFETIME_MS;
  const value = findAttribute(message, Attribute.lifetime);
  if (value === undefined) return shortest;
  if (value.length !== 4) return undefined;
  const wished = new DataView(value.buffer, value.byteOffset).getUint32(0) * 1000;
  return wished === 0 ? 0 : Math.min(Math.max(wished, shortest), max);
}

function peerAddress(value: Uint8Array): TransportAddress | 400 | 443 {
  if (value.length === 20 && value[1] === FAMILY_IPV6) return 443;
  return decodeXorAddress(value) ?? 400;
}

function seconds(milliseconds: number): Uint8Array {
  const value = new Uint8Array(4);
  new DataView(value.buffer).setUint32(0, milliseconds / 1000);
  return value;
}

function equal(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}
