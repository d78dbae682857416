/**
 * The STUN codec against the test vectors of RFC 5769. The passwords are those after SASLprep. The
 * padding in sections 2.1 to 2.3 is spaces, which a decoder has to accept.
 *
 * @module
 */

import { assert, assertEquals } from "../assert.ts";
import { decodeXorAddress, encodeXorAddress } from "../../relaycore/stun/attributes.ts";
import {
  hasNoWrongFingerprint,
  hasValidIntegrity,
  longTermKey,
} from "../../relaycore/stun/integrity.ts";
import {
  decodeStun,
  encodeStun,
  findAttribute,
  type StunMessage,
} from "../../relaycore/stun/message.ts";
import { Attribute, MessageClass, Method } from "../../relaycore/stun/registry.ts";

const SHORT_TERM_KEY = new TextEncoder().encode("VOkJxbRl1RmTxUk/WvJxBt");

/** RFC 5769 §2.1: an ICE connectivity check. */
const REQUEST = hex(`
  00 01 00 58  21 12 a4 42  b7 e7 a7 01  bc 34 d6 86  fa 87 df ae
  80 22 00 10  53 54 55 4e  20 74 65 73  74 20 63 6c  69 65 6e 74
  00 24 00 04  6e 00 01 ff
  80 29 00 08  93 2f f9 b1  51 26 3b 36
  00 06 00 09  65 76 74 6a  3a 68 36 76  59 20 20 20
  00 08 00 14  9a ea a7 0c  bf d8 cb 56  78 1e f2 b5  b2 d3 f2 49  c1 b5 71 a2
  80 28 00 04  e5 7a 3b cf
`);

/** RFC 5769 §2.2: the answer over IPv4, mapped address 192.0.2.1:32853. */
const RESPONSE_IPV4 = hex(`
  01 01 00 3c  21 12 a4 42  b7 e7 a7 01  bc 34 d6 86  fa 87 df ae
  80 22 00 0b  74 65 73 74  20 76 65 63  74 6f 72 20
  00 20 00 08  00 01 a1 47  e1 12 a6 43
  00 08 00 14  2b 91 f5 99  fd 9e 90 c3  8c 74 89 f9  2a f9 ba 53  f0 6b e7 d7
  80 28 00 04  c0 7d 4c 96
`);

/** RFC 5769 §2.3: the answer over IPv6. */
const RESPONSE_IPV6 = hex(`
  01 01 00 48  21 12 a4 42  b7 e7 a7 01  bc 34 d6 86  fa 87 df ae
  80 22 00 0b  74 65 73 74  20 76 65 63  74 6f 72 20
  00 20 00 14  00 02 a1 47  01 13 a9 fa  a5 d3 f1 79  bc 25 f4 b5  be d2 b9 d9
  00 08 00 14  a3 82 95 4e  4b e6 7b f1  17 84 c9 7c  82 92 c2 75  bf e3 ed 41
  80 28 00 04  c8 fb 0b 4c
`);

/** RFC 5769 §2.4: a request with long-term credentials, without FINGERPRINT. */
const LONG_TERM_REQUEST = hex(`
  00 01 00 60  21 12 a4 42  78 ad 34 33  c6 ad 72 c0  29 da 41 2e
  00 06 00 12  e3 83 9e e3  83 88 e3 83  aa e3 83 83  e3 82 af e3  82 b9 00 00
  00 15 00 1c  66 2f 2f 34  39 39 6b 39  35 34 64 36  4f 4c 33 34  6f 4c 39 46
               53 54 76 79  36 34 73 41
  00 14 00 0b  65 78 61 6d  70 6c 65 2e  6f 72 67 00
  00 08 00 14  f6 70 24 65  6d d6 4a 3e  02 b8 e0 71  2e 85 c9 a2  8c a8 96 66
`);

Deno.test("the sample request of RFC 5769 decodes, and its hashes are valid", () => {
  const message = decoded(REQUEST);
  assertEquals(message.method, Method.binding);
  assertEquals(message.messageClass, MessageClass.request);
  assertEquals(message.transactionId, hex("b7 e7 a7 01 bc 34 d6 86 fa 87 df ae"));
  assertEquals(text(message, Attribute.software), "STUN test client");
  assertEquals(text(message, Attribute.username), "evtj:h6vY");
  assertEquals(findAttribute(message, Attribute.priority), hex("6e 00 01 ff"));
  assertEquals(findAttribute(message, Attribute.iceControlled), hex("93 2f f9 b1 51 26 3b 36"));
  assert(hasValidIntegrity(message, SHORT_TERM_KEY));
  assert(hasNoWrongFingerprint(message));
});

Deno.test("the sample IPv4 response of RFC 5769 decodes, and its hashes are valid", () => {
  const message = decoded(RESPONSE_IPV4);
  assertEquals(message.messageClass, MessageClass.success);
  assertEquals(text(message, Attribute.software), "test vector");
  const mapped = findAttribute(message, Attribute.xorMappedAddress);
  assert(mapped !== undefined);
  assertEquals(decodeXorAddress(mapped), { address: "192.0.2.1", port: 32853 });
  assertEquals(encodeXorAddress({ address: "192.0.2.1", port: 32853 }), mapped);
  assert(hasValidIntegrity(message, SHORT_TERM_KEY));
  assert(hasNoWrongFingerprint(message));
});

Deno.test("the hashes of the sample IPv6 response of RFC 5769 are valid, but its address is not read", () => {
  const message = decoded(RESPONSE_IPV6);
  assert(hasValidIntegrity(message, SHORT_TERM_KEY));
  assert(hasNoWrongFingerprint(message));
  const mapped = findAttribute(message, Attribute.xorMappedAddress);
  assert(mapped !== undefined);
  assertEquals(decodeXorAddress(mapped), undefined);
});

Deno.test("the sample long-term request of RFC 5769 decodes, and its integrity is valid", () => {
  const message = decoded(LONG_TERM_REQUEST);
  assertEquals(text(message, Attribute.username), "マトリックス");
  assertEquals(text(message, Attribute.realm), "example.org");
  assertEquals(text(message, Attribute.nonce), "f//499k954d6OL34oL9FSTvy64sA");
  assert(hasValidIntegrity(message, longTermKey("マトリックス", "example.org", "TheMatrIX")));
  assert(!hasValidIntegrity(message, longTermKey("マトリックス", "example.org", "TheMatrix")));
});

Deno.test("encoding the content of RFC 5769 §2.4 gives the same bytes", () => {
  const encoder = new TextEncoder();
  const bytes = encodeStun({
    method: Method.binding,
    messageClass: MessageClass.request,
    transactionId: hex("78 ad 34 33 c6 ad 72 c0 29 da 41 2e"),
    attributes: [
      [Attribute.username, encoder.encode("マトリックス")],
      [Attribute.nonce, encoder.encode("f//499k954d6OL34oL9FSTvy64sA")],
      [Attribute.realm, encoder.encode("example.org")],
    ],
    integrityKey: longTermKey("マトリックス", "example.org", "TheMatrIX"),
  });
  assertEquals(bytes, LONG_TERM_REQUEST);
});

Deno.test("every flipped bit of the RFC 5769 request is detected", () => {
  for (let index = 0; index < REQUEST.length; index++) {
    const bytes = REQUEST.slice();
    bytes[index] ^= 1 << (index % 8);
    const message = decodeStun(bytes);
    const accepted = message !== undefined && hasValidIntegrity(message, SHORT_TERM_KEY) &&
      hasNoWrongFingerprint(message);
    // If the type of FINGERPRINT changes into an unknown one, there is no FINGERPRINT. The rest is
    // still protected by MESSAGE-INTEGRITY.
    const fingerprintType = index >= REQUEST.length - 8 && index < REQUEST.length - 6;
    assertEquals(accepted, fingerprintType, `byte ${index}`);
  }
});

function decoded(bytes: Uint8Array): StunMessage {
  const message = decodeStun(bytes);
  assert(message !== undefined, "the message does not decode");
  return message;
}

function text(message: StunMessage, type: number): string {
  return new TextDecoder().decode(findAttribute(message, type));
}

function hex(digits: string): Uint8Array {
  return Uint8Array.from(digits.trim().split(/\s+/), (byte) => parseInt(byte, 16));
}
