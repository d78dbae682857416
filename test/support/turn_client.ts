/**
 * A small TURN client over UDP for tests and benchmarks: one socket, one transaction at a time. It
 * shares the STUN codec with the server, so what it proves about the wire is proven by coturn's
 * client and by browsers instead.
 *
 * @module
 */

import type { TransportAddress } from "../../relaycore/net/transport_address.ts";
import {
  decodeErrorCode,
  decodeXorAddress,
  encodeXorAddress,
} from "../../relaycore/stun/attributes.ts";
import { longTermKey } from "../../relaycore/stun/integrity.ts";
import {
  decodeStun,
  encodeStun,
  findAttribute,
  type StunMessage,
} from "../../relaycore/stun/message.ts";
import { Attribute, MessageClass, Method } from "../../relaycore/stun/registry.ts";

const RETRANSMISSION_MS = 500;
const ATTEMPTS = 6;

type Attributes = (readonly [type: number, value: Uint8Array])[];

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** One client socket, and the allocation it may hold. */
export class TurnClient implements Disposable {
  readonly socket: Deno.DatagramConn;
  readonly #server: Deno.NetAddr;
  readonly #username: string;
  readonly #password: string;
  #realm = "";
  #nonce: Uint8Array = new Uint8Array();
  #key: Uint8Array | undefined;
  #relayed: TransportAddress | undefined;

  /** @param hostname the address to bind, which the server sees. */
  constructor(
    server: TransportAddress,
    credentials: { readonly username: string; readonly password: string },
    hostname = "127.0.0.1",
  ) {
    this.socket = Deno.listenDatagram({ transport: "udp", hostname, port: 0 });
    this.#server = { transport: "udp", hostname: server.address, port: server.port };
    this.#username = credentials.username;
    this.#password = credentials.password;
  }

  /** The relayed transport address. */
  get relayed(): TransportAddress {
    if (this.#relayed === undefined) throw new Error("allocate() has not succeeded");
    return this.#relayed;
  }

  /** Allocates, with the 401 that comes first. */
  async allocate(): Promise<void> {
    const response = await this.request(Method.allocate, [
      [Attribute.requestedTransport, Uint8Array.of(17, 0, 0, 0)],
    ]);
    const relayed = findAttribute(response, Attribute.xorRelayedAddress);
    this.#relayed = relayed && decodeXorAddress(relayed);
  }

  createPermission(peer: TransportAddress): Promise<StunMessage> {
    return this.request(Method.createPermission, [
      [Attribute.xorPeerAddress, encodeXorAddress(peer)],
    ]);
  }

  channelBind(number: number, peer: TransportAddress): Promise<StunMessage> {
    return this.request(Method.channelBind, [
      [Attribute.channelNumber, Uint8Array.of(number >> 8, number & 255, 0, 0)],
      [Attribute.xorPeerAddress, encodeXorAddress(peer)],
    ]);
  }

  /** Ends the allocation. */
  async release(): Promise<void> {
    await this.request(Method.refresh, [[Attribute.lifetime, new Uint8Array(4)]]);
  }

  /**
   * One request and its success response.
   *
   * @throws Error with the code of an error response, 401 and 438 excepted, which are acted upon.
   */
  async request(method: number, attributes: Attributes): Promise<StunMessage> {
    for (let attempt = 0; attempt < 3; attempt++) {
      const response = await this.#transaction(method, attributes);
      if (response.messageClass === MessageClass.success) return response;
      const code = decodeErrorCode(findAttribute(response, Attribute.errorCode)!);
      if ((code !== 401 && code !== 438) || (code === 401 && this.#key !== undefined)) {
        throw new Error(`error ${code}`);
      }
      this.#realm = decoder.decode(findAttribute(response, Attribute.realm));
      this.#nonce = findAttribute(response, Attribute.nonce)!.slice();
      this.#key = longTermKey(this.#username, this.#realm, this.#password);
    }
    throw new Error("the server wants another nonce every time");
  }

  /** Sends a datagram as it is. */
  async send(datagram: Uint8Array): Promise<void> {
    await this.socket.send(datagram, this.#server);
  }

  /** A Send indication to a peer. */
  async sendIndication(peer: TransportAddress, data: Uint8Array): Promise<void> {
    await this.send(encodeStun({
      method: Method.send,
      messageClass: MessageClass.indication,
      transactionId: crypto.getRandomValues(new Uint8Array(12)),
      attributes: [
        [Attribute.xorPeerAddress, encodeXorAddress(peer)],
        [Attribute.data, data],
      ],
    }));
  }

  /** The next datagram, or undefined if none comes in this time. Nothing else may be receiving. */
  async receive(timeoutMs: number): Promise<Uint8Array | undefined> {
    this.#pending ??= this.socket.receive().then(([bytes]) => bytes, () => undefined);
    let timer: ReturnType<typeof setTimeout> | undefined;
    const timeout = new Promise<"timeout">((resolve) => {
      timer = setTimeout(() => resolve("timeout"), timeoutMs);
    });
    const first = await Promise.race([this.#pending, timeout]);
    clearTimeout(timer);
    if (first === "timeout") return undefined;
    this.#pending = undefined;
    return first;
  }
  #pending: Promise<Uint8Array | undefined> | undefined;

  [Symbol.dispose](): void {
    this.socket.close();
  }

  async #transaction(method: number, attributes: Attributes): Promise<StunMessage> {
    const transactionId = crypto.getRandomValues(new Uint8Array(12));
    const credentials: Attributes = this.#key === undefined ? [] : [
      [Attribute.username, encoder.encode(this.#username)],
      [Attribute.realm, encoder.encode(this.#realm)],
      [Attribute.nonce, this.#nonce],
    ];
    const request = encodeStun({
      method,
      messageClass: MessageClass.request,
      transactionId,
      attributes: [...attributes, ...credentials],
      integrityKey: this.#key,
    });
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      await this.send(request);
      const deadline = performance.now() + RETRANSMISSION_MS;
      for (let left = RETRANSMISSION_MS; left > 0; left = deadline - performance.now()) {
        const datagram = await this.receive(left);
        if (datagram === undefined) break;
        const message = decodeStun(datagram);
        if (
          message !== undefined && transactionId.every((b, i) => b === message.transactionId[i])
        ) {
          return message;
        }
      }
    }
    throw new Error("no answer");
  }
}
