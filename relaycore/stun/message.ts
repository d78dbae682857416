/**
 * Decodes and encodes STUN messages (RFC 8489 §5, §14). The ICE responder and the media relay share
 * this file. It knows the wire format, but not the meaning of a method. The hashes are in
 * `integrity.ts`, and the values of attributes are in `attributes.ts`.
 *
 * @module
 */

import { FINGERPRINT_LENGTH, fingerprintOf, INTEGRITY_LENGTH, integrityOf } from "./integrity.ts";
import { Attribute, HEADER_LENGTH, MAGIC_COOKIE } from "./registry.ts";

/** One attribute of a decoded message. */
export interface StunAttribute {
  readonly type: number;
  /**
   * The value without padding. It is a view into the datagram and is valid as long as that buffer
   * is.
   */
  readonly value: Uint8Array;
  /** Where the attribute's header starts in the message, in bytes. */
  readonly offset: number;
}

/**
 * A decoded STUN message. All its byte arrays are views into the datagram that it was read from.
 */
export interface StunMessage {
  readonly method: number;
  readonly messageClass: number;
  readonly transactionId: Uint8Array;
  /**
   * The attributes in wire order. Attributes after MESSAGE-INTEGRITY are left out, except
   * FINGERPRINT: the hash does not protect them, so they must be ignored (RFC 8489 §14.5).
   */
  readonly attributes: readonly StunAttribute[];
  readonly bytes: Uint8Array;
}

/**
 * Whether a datagram can be STUN. This checks the length, the two leading bits and the magic cookie
 * (RFC 8489 §6.3).
 */
export function looksLikeStun(bytes: Uint8Array): boolean {
  return bytes.length >= HEADER_LENGTH && bytes[0] < 4 &&
    bytes[4] === 0x21 && bytes[5] === 0x12 && bytes[6] === 0xa4 && bytes[7] === 0x42;
}

/**
 * Decodes a STUN message.
 *
 * @param bytes one whole datagram. The message keeps a view of it, not a copy.
 * @returns the message, or undefined if the bytes are not exactly one well-formed message.
 */
export function decodeStun(bytes: Uint8Array): StunMessage | undefined {
  if (!looksLikeStun(bytes)) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = view.getUint16(2);
  if (length % 4 !== 0 || HEADER_LENGTH + length !== bytes.length) return undefined;

  const attributes: StunAttribute[] = [];
  let pastIntegrity = false;
  let offset = HEADER_LENGTH;
  while (offset < bytes.length) {
    // Four bytes are always left: the length is a multiple of four and so is every step.
    const valueLength = view.getUint16(offset + 2);
    const next = offset + 4 + padded(valueLength);
    if (next > bytes.length) return undefined;
    const type = view.getUint16(offset);
    if (!pastIntegrity || type === Attribute.fingerprint) {
      const value = bytes.subarray(offset + 4, offset + 4 + valueLength);
      attributes.push({ type, value, offset });
    }
    pastIntegrity ||= type === Attribute.messageIntegrity;
    offset = next;
  }

  const type = view.getUint16(0);
  return {
    // The class bits sit at positions 4 and 8 of the type, the method around them (RFC 8489 §5).
    method: (type & 0x000f) | ((type & 0x00e0) >> 1) | ((type & 0x3e00) >> 2),
    messageClass: ((type & 0x0010) >> 4) | ((type & 0x0100) >> 7),
    transactionId: bytes.subarray(8, HEADER_LENGTH),
    attributes,
    bytes,
  };
}

/**
 * The value of the first attribute of a type. Later attributes of the same type have no meaning
 * (RFC 8489 §14).
 */
export function findAttribute(message: StunMessage, type: number): Uint8Array | undefined {
  return message.attributes.find((attribute) => attribute.type === type)?.value;
}

/** The content of a message to encode. */
export interface StunContent {
  readonly method: number;
  readonly messageClass: number;
  /** Twelve bytes. */
  readonly transactionId: Uint8Array;
  /** Type and value, in the order they are written. Padding is added. */
  readonly attributes: readonly (readonly [type: number, value: Uint8Array])[];
  /** If present, MESSAGE-INTEGRITY is appended, made with this key (RFC 8489 §14.5). */
  readonly integrityKey?: Uint8Array;
  /** If true, FINGERPRINT is appended as the last attribute (RFC 8489 §14.7). */
  readonly fingerprint?: boolean;
}

/** Encodes a STUN message into a new array. */
export function encodeStun(content: StunContent): Uint8Array<ArrayBuffer> {
  let length = HEADER_LENGTH;
  for (const [, value] of content.attributes) length += 4 + padded(value.length);
  const withIntegrity = content.integrityKey !== undefined;
  const total = length + (withIntegrity ? 4 + INTEGRITY_LENGTH : 0) +
    (content.fingerprint ? 4 + FINGERPRINT_LENGTH : 0);

  const bytes = new Uint8Array(total);
  const view = new DataView(bytes.buffer);
  const { method, messageClass } = content;
  view.setUint16(
    0,
    (method & 0x000f) | ((method & 0x0070) << 1) | ((method & 0x0f80) << 2) |
      ((messageClass & 1) << 4) | ((messageClass & 2) << 7),
  );
  view.setUint32(4, MAGIC_COOKIE);
  bytes.set(content.transactionId, 8);

  let offset = HEADER_LENGTH;
  for (const [type, value] of content.attributes) {
    view.setUint16(offset, type);
    view.setUint16(offset + 2, value.length);
    bytes.set(value, offset + 4);
    offset += 4 + padded(value.length);
  }
  if (content.integrityKey !== undefined) {
    const hash = integrityOf(bytes, offset, content.integrityKey);
    view.setUint16(offset, Attribute.messageIntegrity);
    view.setUint16(offset + 2, INTEGRITY_LENGTH);
    bytes.set(hash, offset + 4);
    offset += 4 + INTEGRITY_LENGTH;
  }
  view.setUint16(2, total - HEADER_LENGTH);
  if (content.fingerprint) {
    view.setUint16(offset, Attribute.fingerprint);
    view.setUint16(offset + 2, FINGERPRINT_LENGTH);
    view.setUint32(offset + 4, fingerprintOf(bytes, offset));
  }
  return bytes;
}

function padded(length: number): number {
  return (length + 3) & ~3;
}
