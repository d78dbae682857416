/**
 * The two hashes at the end of a STUN message: MESSAGE-INTEGRITY (HMAC-SHA1, RFC 8489 §14.5) and
 * FINGERPRINT (CRC-32, §14.7), and the key of the long-term credential mechanism (§9.2.2).
 *
 * @module
 */

import { createHash, timingSafeEqual } from "node:crypto";
import { crc32 } from "node:zlib";
import { Hmac } from "../hmac.ts";
import { Attribute, HEADER_LENGTH } from "./registry.ts";

/** The length of an HMAC-SHA1 in bytes. */
export const INTEGRITY_LENGTH = 20;

/** The length of a CRC-32 in bytes. */
export const FINGERPRINT_LENGTH = 4;

const FINGERPRINT_XOR = 0x5354554e;

/** What has been prepared for a key, as long as the key is used. */
const hmacs = new WeakMap<Uint8Array, Hmac>();

function hmacOf(key: Uint8Array): Hmac {
  let hmac = hmacs.get(key);
  if (hmac === undefined) hmacs.set(key, hmac = new Hmac("sha1", key));
  return hmac;
}

/**
 * The HMAC-SHA1 over a message up to its MESSAGE-INTEGRITY attribute, which is not included.
 *
 * @param bytes the message. For the hash, its length field is rewritten as if the attribute at
 *   `offset` were the last one. It is restored afterwards.
 * @param offset where the attribute's header is, or will be.
 */
export function integrityOf(bytes: Uint8Array, offset: number, key: Uint8Array): Uint8Array {
  return withLength(
    bytes,
    offset + 4 + INTEGRITY_LENGTH,
    () => hmacOf(key).of(bytes.subarray(0, offset)),
  );
}

/** The CRC-32 of a message up to its FINGERPRINT attribute at `offset`, XORed as §14.7 requires. */
export function fingerprintOf(bytes: Uint8Array, offset: number): number {
  return withLength(
    bytes,
    offset + 4 + FINGERPRINT_LENGTH,
    () => (crc32(bytes.subarray(0, offset)) ^ FINGERPRINT_XOR) >>> 0,
  );
}

/** The part of a decoded message that the checks below use. `decodeStun` returns such a message. */
export interface CheckedMessage {
  readonly attributes: readonly {
    readonly type: number;
    readonly value: Uint8Array;
    readonly offset: number;
  }[];
  readonly bytes: Uint8Array;
}

/** Whether the message has a MESSAGE-INTEGRITY that was made with this key. */
export function hasValidIntegrity(message: CheckedMessage, key: Uint8Array): boolean {
  const attribute = message.attributes.find(({ type }) => type === Attribute.messageIntegrity);
  if (attribute === undefined || attribute.value.length !== INTEGRITY_LENGTH) return false;
  return timingSafeEqual(integrityOf(message.bytes, attribute.offset, key), attribute.value);
}

/** Whether FINGERPRINT is either absent, or correct and the last attribute. */
export function hasNoWrongFingerprint(message: CheckedMessage): boolean {
  const index = message.attributes.findIndex(({ type }) => type === Attribute.fingerprint);
  if (index < 0) return true;
  const { value, offset } = message.attributes[index];
  if (index !== message.attributes.length - 1 || value.length !== FINGERPRINT_LENGTH) return false;
  const sent = new DataView(value.buffer, value.byteOffset).getUint32(0);
  return sent === fingerprintOf(message.bytes, offset);
}

/**
 * The key of long-term credentials: the MD5 of `username:realm:password` (RFC 8489 §9.2.2). The
 * three must be processed with OpaqueString first. The hub's values are ASCII, which OpaqueString
 * leaves unchanged.
 */
export function longTermKey(username: string, realm: string, password: string): Uint8Array {
  return createHash("md5").update(`${username}:${realm}:${password}`).digest();
}

/** Runs `hash` while the header's length field says that the message ends at `end`. */
function withLength<T>(bytes: Uint8Array, end: number, hash: () => T): T {
  const [high, low] = [bytes[2], bytes[3]];
  const length = end - HEADER_LENGTH;
  bytes[2] = length >> 8;
  bytes[3] = length & 255;
  const result = hash();
  bytes[2] = high;
  bytes[3] = low;
  return result;
}
