/**
 * Datagrams of those who mean no good, made without a line of the hub's own guest code: what a
 * stranger sends, what somebody sends who has read the link, and a whole ClientHello.
 *
 * @module
 */

import { encodeStun } from "../../relaycore/stun/message.ts";
import { Attribute, MessageClass, Method } from "../../relaycore/stun/registry.ts";

const encoder = new TextEncoder();

/** A connectivity check that the hub has to answer; `agent` makes it somebody's. */
export function validCheck(hub: { ufrag: string; pwd: string }, agent: number): Uint8Array {
  const tieBreaker = new Uint8Array(8);
  new DataView(tieBreaker.buffer).setUint32(4, agent);
  return encodeStun({
    method: Method.binding,
    messageClass: MessageClass.request,
    transactionId: crypto.getRandomValues(new Uint8Array(12)),
    attributes: [
      [Attribute.username, encoder.encode(`${hub.ufrag}:f${agent}`)],
      [Attribute.iceControlling, tieBreaker],
      [Attribute.useCandidate, new Uint8Array(0)],
      [Attribute.priority, new Uint8Array([110, 0, 1, 255])],
    ],
    integrityKey: encoder.encode(hub.pwd),
    fingerprint: true,
  });
}

/** What looks like something of WebRTC's and is nothing: one of each sort. */
export function shams(hub: { ufrag: string }): Uint8Array[] {
  const noise = (length: number) => crypto.getRandomValues(new Uint8Array(length));
  const record = new Uint8Array([23, 0xfe, 0xfd, 0, 1, ...noise(6), 4, 0, ...noise(1024)]);
  const media = noise(200);
  media[0] = 0x80;
  return [
    noise(64),
    record,
    media,
    validCheck({ ufrag: hub.ufrag, pwd: "not the password of this hub" }, 1),
    validCheck({ ufrag: "somebody", pwd: "else" }, 1),
    clientHello(noise(32)),
  ];
}

/** A ClientHello as a browser's, in one datagram. */
export function clientHello(random: Uint8Array, cookie?: Uint8Array): Uint8Array {
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
