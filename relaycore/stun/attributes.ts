/**
 * The values of STUN attributes for addresses and error codes (RFC 8489 §14).
 *
 * @module
 */

import { formatIpv4, parseIpv4, type TransportAddress } from "../net/transport_address.ts";
import { MAGIC_COOKIE } from "./registry.ts";

const FAMILY_IPV4 = 1;

/**
 * An XOR-MAPPED-ADDRESS, XOR-PEER-ADDRESS or XOR-RELAYED-ADDRESS value for IPv4 (RFC 8489 §14.2).
 *
 * @throws {TypeError} if the address is not IPv4 in dotted decimal, which is an error in the caller.
 */
export function encodeXorAddress({ address, port }: TransportAddress): Uint8Array {
  const ip = parseIpv4(address);
  if (ip === undefined) throw new TypeError(`"${address}" is not an IPv4 address`);
  const value = new Uint8Array(8);
  const view = new DataView(value.buffer);
  value[1] = FAMILY_IPV4;
  view.setUint16(2, port ^ (MAGIC_COOKIE >>> 16));
  view.setUint32(4, ip ^ MAGIC_COOKIE);
  return value;
}

/** Reads such a value. Returns undefined if it is not eight bytes of family IPv4. */
export function decodeXorAddress(value: Uint8Array): TransportAddress | undefined {
  if (value.length !== 8 || value[1] !== FAMILY_IPV4) return undefined;
  const view = new DataView(value.buffer, value.byteOffset, 8);
  return {
    address: formatIpv4((view.getUint32(4) ^ MAGIC_COOKIE) >>> 0),
    port: view.getUint16(2) ^ (MAGIC_COOKIE >>> 16),
  };
}

/** An ERROR-CODE value (RFC 8489 §14.8). */
export function encodeErrorCode(code: number, reason: string): Uint8Array {
  const text = new TextEncoder().encode(reason);
  const value = new Uint8Array(4 + text.length);
  value[2] = Math.floor(code / 100);
  value[3] = code % 100;
  value.set(text, 4);
  return value;
}

/** Reads the number of an ERROR-CODE value. Returns undefined if the value is too short. */
export function decodeErrorCode(value: Uint8Array): number | undefined {
  return value.length < 4 ? undefined : (value[2] & 7) * 100 + value[3];
}
