/**
 * A TURN server and its clients without a network and without a real clock.
 *
 * @module
 */

import { assert } from "../assert.ts";
import {
  formatIpv4,
  parseIpv4,
  type TransportAddress,
  transportAddressKey,
} from "../../relaycore/net/transport_address.ts";
import { decodeErrorCode } from "../../relaycore/stun/attributes.ts";
import { decodeStun, findAttribute, type StunMessage } from "../../relaycore/stun/message.ts";
import { Attribute, MessageClass, Method } from "../../relaycore/stun/registry.ts";
import { type HubAddress, HubAddresses } from "../../relaycore/turn/hub_addresses.ts";
import { HEADROOM, TAILROOM } from "../../relaycore/turn/relay_path.ts";
import { TurnServer } from "../../relaycore/turn/server.ts";
import {
  type AttributePair,
  channelData,
  channelNumber,
  lifetime,
  peerAddress,
  sendIndication,
  TurnSession,
  UDP,
} from "./turn_session.ts";

export const REALM = "kibitz";
export const USERNAME = "user";
export const PASSWORD = "secret";

/** The hub of these tests, which is on a Wi-Fi and on a cable. */
export const HUB_ADDRESSES: readonly HubAddress[] = [
  { address: "192.168.1.5", netmask: "255.255.255.0" },
  { address: "10.0.0.5", netmask: "255.0.0.0" },
];

/** A copy of what the server sent. */
export interface Sent {
  readonly to: TransportAddress;
  readonly bytes: Uint8Array;
}

/** A server with a fake clock. */
export class Conversation {
  readonly server: TurnServer;
  /** Milliseconds. */
  now = 1_000_000;

  /** @param random chooses relayed ports. By default it is a pseudo-random function. */
  constructor(users = new Map([[USERNAME, PASSWORD]]), random?: () => number) {
    let seed = 1;
    this.server = new TurnServer({
      realm: REALM,
      users,
      hubAddresses: new HubAddresses(HUB_ADDRESSES),
      secret: Uint8Array.from({ length: 32 }, (_, index) => index),
      random: random ?? (() => (seed = (seed * 48271) % 0x7fffffff) / 0x7fffffff),
    });
  }

  /** Passes a datagram to the server. @returns the datagram that it sends, if any. */
  receive(bytes: Uint8Array, from: TransportAddress): Sent | undefined {
    const buffer = new Uint8Array(HEADROOM + bytes.length + TAILROOM).fill(0xee);
    buffer.set(bytes, HEADROOM);
    const ip = parseIpv4(from.address)! | 0;
    const end = HEADROOM + bytes.length;
    if (!this.server.receive(buffer, HEADROOM, end, ip, from.port, this.now)) return undefined;
    const { out } = this.server;
    const to = { address: out.to.hostname, port: out.to.port };
    assert(formatIpv4(out.to.ip >>> 0) === to.address);
    return { to, bytes: out.bytes.slice(out.start, out.end) };
  }

  client(address: string, port = 40_000): Client {
    return new Client(this, { address, port });
  }

  /** A client with an allocation. */
  allocated(address: string, port = 40_000): Client {
    const client = this.client(address, port);
    client.allocate();
    return client;
  }
}

/** A client of it. */
export class Client extends TurnSession {
  readonly address: TransportAddress;
  readonly #conversation: Conversation;
  #transactions = 0;

  constructor(conversation: Conversation, address: TransportAddress) {
    super({ username: USERNAME, password: PASSWORD });
    this.realm = REALM;
    this.#conversation = conversation;
    this.address = address;
  }

  /** Reads the nonce from the 401 with which every conversation begins. */
  hello(): this {
    this.nonce = undefined;
    const response = this.request(Method.allocate, [UDP]);
    assert(codeOf(response) === 401, "a request without credentials is answered with 401");
    this.learn(response);
    return this;
  }

  allocate(attributes: readonly AttributePair[] = [UDP]): StunMessage {
    if (this.nonce === undefined) this.hello();
    const response = this.request(Method.allocate, attributes);
    assert(response.messageClass === MessageClass.success, `error ${codeOf(response)}`);
    this.learn(response);
    return response;
  }

  createPermission(...peers: TransportAddress[]): StunMessage {
    return this.request(Method.createPermission, peers.map(peerAddress));
  }

  channelBind(number: number, peer: TransportAddress): StunMessage {
    return this.request(Method.channelBind, [channelNumber(number), peerAddress(peer)]);
  }

  refresh(lifetimeSeconds?: number): StunMessage {
    const attributes = lifetimeSeconds === undefined ? [] : [lifetime(lifetimeSeconds)];
    return this.request(Method.refresh, attributes);
  }

  /** Sends a Send indication. @returns what the server sends. */
  send(peer: TransportAddress, data: Uint8Array): Sent | undefined {
    return this.datagram(sendIndication(peer, data, new Uint8Array(12)));
  }

  /** Sends a ChannelData message. @returns what the server sends. */
  channelData(number: number, data: Uint8Array): Sent | undefined {
    return this.datagram(channelData(number, data));
  }

  /** Sends a request, signed if there is a nonce. @returns its response, which must come. */
  request(method: number, attributes: readonly AttributePair[]): StunMessage {
    return this.answerTo(this.encode(method, attributes));
  }

  /** The bytes of a request, with a new transaction id. */
  override encode(
    method: number,
    attributes: readonly AttributePair[],
  ): Uint8Array<ArrayBuffer> {
    const transactionId = new Uint8Array(12);
    new DataView(transactionId.buffer).setUint32(0, ++this.#transactions);
    return super.encode(method, attributes, { transactionId });
  }

  /** The response to a request, which must come, to this client and to this transaction. */
  answerTo(request: Uint8Array): StunMessage {
    const sent = this.datagram(request);
    assert(sent !== undefined, "no answer");
    assert(transportAddressKey(sent.to) === transportAddressKey(this.address));
    const message = decodeStun(sent.bytes);
    assert(message !== undefined, "the answer is not STUN");
    assert(message.transactionId.every((byte, index) => byte === request[8 + index]));
    return message;
  }

  datagram(bytes: Uint8Array): Sent | undefined {
    return this.#conversation.receive(bytes, this.address);
  }
}

/** The code of an error response; undefined for a success. */
export function codeOf(message: StunMessage): number | undefined {
  const value = findAttribute(message, Attribute.errorCode);
  return value && decodeErrorCode(value);
}

/** The value of an attribute that must be there. */
export function attribute(message: StunMessage, type: number): Uint8Array {
  const value = findAttribute(message, type);
  assert(value !== undefined, `attribute ${type.toString(16)} is missing`);
  return value;
}
