/**
 * The STUN codec in cases without test vectors: all classes and methods, malformed bytes, and corner
 * cases of the hashes.
 *
 * @module
 */

import { assert, assertEquals, assertThrows } from "../assert.ts";
import {
  decodeErrorCode,
  decodeXorAddress,
  encodeErrorCode,
  encodeXorAddress,
} from "../../relaycore/stun/attributes.ts";
import { crc32 } from "node:zlib";
import { hasNoWrongFingerprint, hasValidIntegrity } from "../../relaycore/stun/integrity.ts";
import {
  decodeStun,
  encodeStun,
  findAttribute,
  looksLikeStun,
} from "../../relaycore/stun/message.ts";
import { Attribute, MessageClass, Method } from "../../relaycore/stun/registry.ts";

const TRANSACTION_ID = Uint8Array.from({ length: 12 }, (_, index) => index + 1);
const KEY = new TextEncoder().encode("key");

Deno.test("crc32 agrees with the check value of its definition", () => {
  assertEquals(crc32(new TextEncoder().encode("123456789")), 0xcbf43926);
  assertEquals(crc32(new Uint8Array()), 0);
});

Deno.test("every method and class survives encoding and decoding", () => {
  for (const method of [...Object.values(Method), 0x00ff]) {
    for (const messageClass of Object.values(MessageClass)) {
      const bytes = encodeStun({
        method,
        messageClass,
        transactionId: TRANSACTION_ID,
        attributes: [],
      });
      const message = decodeStun(bytes);
      assertEquals(message?.method, method);
      assertEquals(message?.messageClass, messageClass);
      assertEquals(message?.transactionId, TRANSACTION_ID);
    }
  }
});

Deno.test("message types have the registered values", () => {
  const type = (method: number, messageClass: number) => {
    const bytes = encodeStun({
      method,
      messageClass,
      transactionId: TRANSACTION_ID,
      attributes: [],
    });
    return (bytes[0] << 8) | bytes[1];
  };
  assertEquals(type(Method.binding, MessageClass.request), 0x0001);
  assertEquals(type(Method.binding, MessageClass.success), 0x0101);
  assertEquals(type(Method.allocate, MessageClass.error), 0x0113);
  assertEquals(type(Method.send, MessageClass.indication), 0x0016);
  assertEquals(type(Method.data, MessageClass.indication), 0x0017);
  assertEquals(type(Method.channelBind, MessageClass.request), 0x0009);
});

Deno.test("attribute values of every length are padded and read back", () => {
  for (let length = 0; length < 9; length++) {
    const value = new Uint8Array(length).fill(0xa5);
    const bytes = encodeStun({
      method: Method.binding,
      messageClass: MessageClass.request,
      transactionId: TRANSACTION_ID,
      attributes: [[Attribute.data, value], [Attribute.priority, new Uint8Array(4)]],
      integrityKey: KEY,
      fingerprint: true,
    });
    assertEquals(bytes.length % 4, 0);
    const message = decodeStun(bytes);
    assert(message !== undefined);
    assertEquals(findAttribute(message, Attribute.data), value);
    assertEquals(findAttribute(message, Attribute.priority), new Uint8Array(4));
    assert(hasValidIntegrity(message, KEY));
    assert(hasNoWrongFingerprint(message));
  }
});

Deno.test("checking the hashes does not change the message", () => {
  const bytes = sample();
  const before = bytes.slice();
  const message = decodeStun(bytes);
  assert(message !== undefined);
  assert(hasValidIntegrity(message, KEY));
  assert(hasNoWrongFingerprint(message));
  assertEquals(bytes, before);
});

Deno.test("a message that is a view into a larger buffer decodes like any other", () => {
  const bytes = sample();
  const larger = new Uint8Array(bytes.length + 30).fill(0xff);
  larger.set(bytes, 13);
  const message = decodeStun(larger.subarray(13, 13 + bytes.length));
  assert(message !== undefined);
  assert(hasValidIntegrity(message, KEY));
  assert(hasNoWrongFingerprint(message));
});

Deno.test("truncated messages do not decode", () => {
  const bytes = sample();
  for (let length = 0; length < bytes.length; length++) {
    assertEquals(decodeStun(bytes.subarray(0, length)), undefined, `${length} bytes`);
  }
});

Deno.test("messages with trailing bytes, a wrong cookie or wrong leading bits are refused", () => {
  const bytes = sample();
  const longer = new Uint8Array(bytes.length + 4);
  longer.set(bytes);
  assertEquals(decodeStun(longer), undefined);
  for (const index of [4, 5, 6, 7]) {
    const other = bytes.slice();
    other[index] ^= 1;
    assert(!looksLikeStun(other));
    assertEquals(decodeStun(other), undefined);
  }
  for (const bit of [0x40, 0x80]) {
    const other = bytes.slice();
    other[0] |= bit;
    assertEquals(decodeStun(other), undefined);
  }
});

Deno.test("a length that is not a multiple of four, or an attribute past the end, is malformed", () => {
  const odd = new Uint8Array(22);
  odd.set(sample().subarray(0, 20));
  odd[2] = 0;
  odd[3] = 2;
  assertEquals(decodeStun(odd), undefined);

  const overrun = encodeStun({
    method: Method.binding,
    messageClass: MessageClass.request,
    transactionId: TRANSACTION_ID,
    attributes: [[Attribute.data, new Uint8Array(4)]],
  });
  for (const claimed of [5, 8, 0xffff]) {
    overrun[22] = claimed >> 8;
    overrun[23] = claimed & 255;
    assertEquals(decodeStun(overrun), undefined, `${claimed} bytes claimed`);
  }
});

Deno.test("attributes after MESSAGE-INTEGRITY are ignored, except FINGERPRINT", () => {
  const inner = sample({ fingerprint: false });
  const extra = new Uint8Array(inner.length + 8);
  extra.set(inner);
  extra.set([Attribute.lifetime >> 8, Attribute.lifetime & 255, 0, 4, 0, 0, 0, 1], inner.length);
  extra[3] += 8;
  const message = decodeStun(extra);
  assert(message !== undefined);
  assertEquals(findAttribute(message, Attribute.lifetime), undefined);
  assert(hasValidIntegrity(message, KEY));
});

Deno.test("a missing MESSAGE-INTEGRITY, a wrong length and a wrong key are not valid", () => {
  const bare = decodeStun(encodeStun({
    method: Method.binding,
    messageClass: MessageClass.request,
    transactionId: TRANSACTION_ID,
    attributes: [],
  }));
  assert(bare !== undefined);
  assert(!hasValidIntegrity(bare, KEY));

  const short = decodeStun(encodeStun({
    method: Method.binding,
    messageClass: MessageClass.request,
    transactionId: TRANSACTION_ID,
    attributes: [[Attribute.messageIntegrity, new Uint8Array(16)]],
  }));
  assert(short !== undefined);
  assert(!hasValidIntegrity(short, KEY));

  const message = decodeStun(sample());
  assert(message !== undefined);
  assert(!hasValidIntegrity(message, new TextEncoder().encode("other")));
});

Deno.test("FINGERPRINT counts only as the last attribute and with four bytes", () => {
  const build = (attributes: [number, Uint8Array][]) => {
    const message = decodeStun(encodeStun({
      method: Method.binding,
      messageClass: MessageClass.request,
      transactionId: TRANSACTION_ID,
      attributes,
    }));
    assert(message !== undefined);
    return message;
  };
  assert(hasNoWrongFingerprint(build([])));
  assert(!hasNoWrongFingerprint(build([[Attribute.fingerprint, new Uint8Array(4)]])));
  assert(!hasNoWrongFingerprint(build([[Attribute.fingerprint, new Uint8Array(3)]])));

  const right = sample();
  const inFront = build([
    [Attribute.fingerprint, right.slice(right.length - 4)],
    [Attribute.priority, new Uint8Array(4)],
  ]);
  assert(!hasNoWrongFingerprint(inFront));
});

Deno.test("only the first of repeated attributes is used", () => {
  const message = decodeStun(encodeStun({
    method: Method.binding,
    messageClass: MessageClass.request,
    transactionId: TRANSACTION_ID,
    attributes: [[Attribute.data, Uint8Array.of(1)], [Attribute.data, Uint8Array.of(2)]],
  }));
  assert(message !== undefined);
  assertEquals(findAttribute(message, Attribute.data), Uint8Array.of(1));
});

Deno.test("XOR addresses survive encoding and decoding, and invalid ones are refused", () => {
  for (const address of ["0.0.0.0", "127.0.0.1", "192.168.43.1", "255.255.255.255"]) {
    for (const port of [0, 1, 3478, 65535]) {
      assertEquals(decodeXorAddress(encodeXorAddress({ address, port })), { address, port });
    }
  }
  assertEquals(decodeXorAddress(new Uint8Array(7)), undefined);
  assertEquals(decodeXorAddress(new Uint8Array(8)), undefined, "family 0");
  assertEquals(decodeXorAddress(Uint8Array.of(0, 2, 0, 0, 0, 0, 0, 0)), undefined, "family IPv6");
  assertThrows(() => encodeXorAddress({ address: "fe80::1", port: 1 }), TypeError);
});

Deno.test("error codes survive encoding and decoding", () => {
  for (const code of [300, 400, 401, 438, 486, 508, 699]) {
    assertEquals(decodeErrorCode(encodeErrorCode(code, "Reason")), code);
  }
  assertEquals(decodeErrorCode(new Uint8Array(3)), undefined);
});

Deno.test("random bytes after a STUN header never throw", () => {
  let state = 1;
  const random = () => (state = (state * 48271) % 0x7fffffff);
  for (let round = 0; round < 5000; round++) {
    const bytes = Uint8Array.from({ length: 20 + 4 * (random() % 40) }, () => random() & 255);
    bytes.set([random() & 3, random() & 255, 0, bytes.length - 20, 0x21, 0x12, 0xa4, 0x42]);
    const message = decodeStun(bytes);
    if (message === undefined) continue;
    hasValidIntegrity(message, KEY);
    hasNoWrongFingerprint(message);
  }
});

function sample({ fingerprint = true } = {}): Uint8Array<ArrayBuffer> {
  return encodeStun({
    method: Method.binding,
    messageClass: MessageClass.request,
    transactionId: TRANSACTION_ID,
    attributes: [[Attribute.username, new TextEncoder().encode("hubU:guestU")]],
    integrityKey: KEY,
    fingerprint,
  });
}
