/**
 * ClientHellos: as far as the hub reads them itself, and whole ones as browsers send them; and the cookie
 * that is the answer.
 *
 * @module
 */

import { encodeHandshakeRecord, HandshakeType } from "../../relaycore/dtls/record.ts";

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

/** A datagram with a ClientHello as a browser's, written byte by byte. */
export function wholeClientHello(random: Uint8Array, cookie?: Uint8Array): Uint8Array {
  const extensions = [
    [0x00, 0x0a, 0, 6, 0, 4, 0x00, 0x1d, 0x00, 0x17], // groups: X25519, P-256
    [0x00, 0x0b, 0, 2, 1, 0], // points: uncompressed
    [0x00, 0x0d, 0, 4, 0, 2, 0x04, 0x03], // signatures: ECDSA with SHA-256
    [0x00, 0x0e, 0, 5, 0, 2, 0x00, 0x07, 0], // SRTP: AEAD_AES_128_GCM
    [0x00, 0x17, 0, 0], // extended master secret
    [0xff, 0x01, 0, 1, 0], // renegotiation
  ].flat();
  const cookieBytes = cookie ?? new Uint8Array();
  const body = [0xfe, 0xfd, ...random, 0, cookieBytes.length, ...cookieBytes]
    .concat([0, 2, 0xc0, 0x2b, 1, 0, 0, extensions.length, ...extensions]);
  const seq = cookie === undefined ? 0 : 1;
  const message = [1, 0, 0, body.length, 0, seq, 0, 0, 0, 0, 0, body.length, ...body];
  return new Uint8Array([22, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, seq, 0, message.length, ...message]);
}

/** The cookie in a datagram; undefined if it is no HelloVerifyRequest. */
export function cookieIn(datagram: Uint8Array): Uint8Array | undefined {
  return datagram[0] === 22 && datagram[13] === 3 ? datagram.slice(28) : undefined;
}

/** The cookie in a HelloVerifyRequest datagram. */
export function cookieOf(helloVerifyRequest: Uint8Array): Uint8Array {
  const cookie = cookieIn(helloVerifyRequest);
  if (cookie === undefined) throw new Error("this is no HelloVerifyRequest");
  return cookie;
}
