/**
 * ClientHellos with the parts that the hub reads.
 *
 * @module
 */

import { encodeHandshakeRecord, HandshakeType } from "../../../relaycore/dtls/record.ts";

/** The body of a ClientHello whose random is all `seed`. */
export function clientHelloBody(seed: number, cookie: Uint8Array = new Uint8Array()): Uint8Array {
  return new Uint8Array([
    0xfe,
    0xfd,
    ...new Uint8Array(32).fill(seed),
    0,
    cookie.length,
    ...cookie,
    ...[0, 2, 0xc0, 0x2b, 1, 0],
  ]);
}

/** A datagram with a whole ClientHello. */
export function clientHello(seed: number, cookie?: Uint8Array): Uint8Array<ArrayBuffer> {
  return encodeHandshakeRecord({
    type: HandshakeType.clientHello,
    messageSeq: cookie === undefined ? 0 : 1,
    body: clientHelloBody(seed, cookie),
  });
}

/** The cookie in a HelloVerifyRequest datagram. */
export function cookieOf(helloVerifyRequest: Uint8Array): Uint8Array {
  return helloVerifyRequest.slice(13 + 12 + 3);
}
