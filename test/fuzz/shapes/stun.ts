/**
 * Makes STUN messages with valid credentials and lengths that are odd elsewhere.
 *
 * @module
 */

import { createHash, createHmac } from "node:crypto";
import { crc32 } from "node:zlib";
import { encodeStun } from "../../../relaycore/stun/message.ts";
import { Attribute, MessageClass, Method } from "../../../relaycore/stun/registry.ts";
import type { Random } from "../random.ts";

const encoder = new TextEncoder();

/** A connectivity check with the hub's credentials and additional attributes. */
export function check(
  random: Random,
  { ufrag, pwd }: { readonly ufrag: string; readonly pwd: string },
): Uint8Array<ArrayBuffer> {
  const guest = random.pick(["abcd", "", "a".repeat(256), "ü", "x:y", "\u0000", "fuzz"]);
  const attributes: [number, Uint8Array][] = [
    [Attribute.username, encoder.encode(`${ufrag}:${guest}`)],
  ];
  if (!random.once(4)) {
    attributes.push([Attribute.priority, random.bytes(random.pick([0, 3, 4, 8]))]);
  }
  if (!random.once(4)) {
    const role = random.once(8) ? Attribute.iceControlled : Attribute.iceControlling;
    attributes.push([role, random.bytes(random.pick([0, 1, 8, 8, 8, 64]))]);
  }
  for (let extra = random.pick([0, 0, 1, 3, 40]); extra > 0; extra--) {
    const type = random.once(2) ? random.number(16) : random.pick(Object.values(Attribute));
    attributes.push([type, random.bytes(random.pick([0, 1, 4, 8, 20, 100]))]);
  }
  return encodeStun({
    method: random.once(10) ? random.below(4096) : Method.binding,
    messageClass: random.once(10) ? random.below(4) : MessageClass.request,
    transactionId: random.bytes(12),
    attributes,
    integrityKey: random.once(10) ? undefined : encoder.encode(pwd),
    fingerprint: !random.once(4),
  });
}

/**
 * A copy of a message with valid MESSAGE-INTEGRITY and FINGERPRINT, if it has these attributes. So
 * a mutated message passes the check of credentials, and its faults are found by later checks.
 *
 * @param longTerm the user and realm, if the password is a long-term credential.
 */
export function resigned(
  message: Uint8Array,
  password: string,
  longTerm?: { readonly username: string; readonly realm: string },
): Uint8Array<ArrayBuffer> {
  const bytes = message.slice();
  if (bytes.length < 20) return bytes;
  const key = longTerm === undefined
    ? encoder.encode(password)
    : createHash("md5").update(`${longTerm.username}:${longTerm.realm}:${password}`).digest();
  const view = new DataView(bytes.buffer);
  const length = view.getUint16(2);
  let offset = 20;
  while (offset + 4 <= bytes.length) {
    const type = view.getUint16(offset);
    const valueLength = view.getUint16(offset + 2);
    const end = offset + 4 + valueLength;
    if (end > bytes.length) break;
    if (type === Attribute.messageIntegrity && valueLength === 20) {
      view.setUint16(2, end - 20);
      bytes.set(createHmac("sha1", key).update(bytes.subarray(0, offset)).digest(), offset + 4);
    } else if (type === Attribute.fingerprint && valueLength === 4) {
      view.setUint16(2, end - 20);
      view.setUint32(offset + 4, crc32(bytes.subarray(0, offset)) ^ 0x5354554e);
    }
    offset = (end + 3) & ~3;
  }
  view.setUint16(2, length);
  return bytes;
}
