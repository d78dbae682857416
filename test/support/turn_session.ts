/**
 * A client's side of TURN (RFC 8656) without a socket and without a clock: what it writes, and what it
 * learns from the answers. It shares the STUN codec with the server, so what it proves about the wire
 * is proven by coturn's client and by browsers instead.
 *
 * @module
 */

import type { TransportAddress } from "../../relaycore/net/transport_address.ts";
import { decodeXorAddress, encodeXorAddress } from "../../relaycore/stun/attributes.ts";
import { longTermKey } from "../../relaycore/stun/integrity.ts";
import { encodeStun, findAttribute, type StunMessage } from "../../relaycore/stun/message.ts";
import { Attribute, MessageClass, Method } from "../../relaycore/stun/registry.ts";

export type AttributePair = readonly [type: number, value: Uint8Array];

/** Long-term credentials. */
export interface Credentials {
  readonly username: string;
  readonly password: string;
}

/** REQUESTED-TRANSPORT for UDP. */
export const UDP: AttributePair = [Attribute.requestedTransport, Uint8Array.of(17, 0, 0, 0)];

/** XOR-PEER-ADDRESS. */
export function peerAddress(peer: TransportAddress): AttributePair {
  return [Attribute.xorPeerAddress, encodeXorAddress(peer)];
}

/** CHANNEL-NUMBER. */
export function channelNumber(number: number): AttributePair {
  return [Attribute.channelNumber, Uint8Array.of(number >> 8, number & 255, 0, 0)];
}

/** LIFETIME. 0 ends an allocation. */
export function lifetime(seconds: number): AttributePair {
  return [Attribute.lifetime, uint32(seconds)];
}

/** Four bytes, in network order. */
export function uint32(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value);
  return bytes;
}

/** A ChannelData message. */
export function channelData(number: number, data: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(4 + data.length);
  bytes.set([number >> 8, number & 255, data.length >> 8, data.length & 255]);
  bytes.set(data, 4);
  return bytes;
}

/** A Send indication to a peer. */
export function sendIndication(
  peer: TransportAddress,
  data: Uint8Array,
  transactionId: Uint8Array = randomId(),
): Uint8Array {
  return encodeStun({
    method: Method.send,
    messageClass: MessageClass.indication,
    transactionId,
    attributes: [peerAddress(peer), [Attribute.data, data]],
  });
}

/** What one client knows of its server. Its requests are signed once it has a nonce. */
export class TurnSession {
  username: string;
  password: string;
  realm = "";
  nonce: Uint8Array | undefined;
  #relayed: TransportAddress | undefined;

  constructor({ username, password }: Credentials) {
    this.username = username;
    this.password = password;
  }

  /** The relayed transport address. @throws Error without an allocation. */
  get relayed(): TransportAddress {
    if (this.#relayed === undefined) throw new Error("no allocation");
    return this.#relayed;
  }

  get hasAllocation(): boolean {
    return this.#relayed !== undefined;
  }

  /** A request. @param options the transaction id is random unless given. */
  encode(
    method: number,
    attributes: readonly AttributePair[],
    options: { readonly transactionId?: Uint8Array; readonly fingerprint?: boolean } = {},
  ): Uint8Array<ArrayBuffer> {
    const { nonce, realm } = this;
    const encoder = new TextEncoder();
    const credentials: AttributePair[] = nonce === undefined ? [] : [
      [Attribute.username, encoder.encode(this.username)],
      [Attribute.realm, encoder.encode(realm)],
      [Attribute.nonce, nonce],
    ];
    return encodeStun({
      method,
      messageClass: MessageClass.request,
      transactionId: options.transactionId ?? randomId(),
      attributes: [...attributes, ...credentials],
      integrityKey: nonce === undefined
        ? undefined
        : longTermKey(this.username, realm, this.password),
      fingerprint: options.fingerprint,
    });
  }

  /** Keeps the realm, the nonce and the relayed address that a response names. */
  learn(response: StunMessage): void {
    const realm = findAttribute(response, Attribute.realm);
    if (realm !== undefined) this.realm = new TextDecoder().decode(realm);
    const nonce = findAttribute(response, Attribute.nonce);
    if (nonce !== undefined) this.nonce = nonce.slice();
    const relayed = findAttribute(response, Attribute.xorRelayedAddress);
    if (relayed !== undefined) this.#relayed = decodeXorAddress(relayed);
  }
}

function randomId(): Uint8Array {
  return crypto.getRandomValues(new Uint8Array(12));
}
