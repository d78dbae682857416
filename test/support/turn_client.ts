/**
 * A small TURN client over UDP for tests and benchmarks: one socket, one transaction at a time.
 *
 * @module
 */

import type { TransportAddress } from "../../relaycore/net/transport_address.ts";
import { decodeErrorCode } from "../../relaycore/stun/attributes.ts";
import { decodeStun, findAttribute, type StunMessage } from "../../relaycore/stun/message.ts";
import { Attribute, MessageClass, Method } from "../../relaycore/stun/registry.ts";
import {
  type AttributePair,
  channelNumber,
  type Credentials,
  lifetime,
  peerAddress,
  sendIndication,
  TurnSession,
  UDP,
} from "./turn_session.ts";
import { within } from "./waiting.ts";

const RETRANSMISSION_MS = 500;
const ATTEMPTS = 6;

/** One client socket, and the allocation it may hold. */
export class TurnClient extends TurnSession implements Disposable {
  readonly socket: Deno.DatagramConn;
  readonly #server: Deno.NetAddr;
  /** A receive that a timeout has left under way. */
  #receiving: Promise<Uint8Array> | undefined;

  /** @param hostname the address to bind, which the server sees. */
  constructor(server: TransportAddress, credentials: Credentials, hostname = "127.0.0.1") {
    super(credentials);
    this.socket = Deno.listenDatagram({ transport: "udp", hostname, port: 0 });
    this.#server = { transport: "udp", hostname: server.address, port: server.port };
  }

  /** Allocates, with the 401 that comes first. */
  async allocate(): Promise<void> {
    this.learn(await this.request(Method.allocate, [UDP]));
  }

  createPermission(peer: TransportAddress): Promise<StunMessage> {
    return this.request(Method.createPermission, [peerAddress(peer)]);
  }

  channelBind(number: number, peer: TransportAddress): Promise<StunMessage> {
    return this.request(Method.channelBind, [channelNumber(number), peerAddress(peer)]);
  }

  /** Ends the allocation. */
  async release(): Promise<void> {
    await this.request(Method.refresh, [lifetime(0)]);
  }

  /**
   * One request and its success response.
   *
   * @throws Error with the code of an error response, 401 and 438 excepted, which are acted upon.
   */
  async request(method: number, attributes: readonly AttributePair[]): Promise<StunMessage> {
    for (let attempt = 0; attempt < 3; attempt++) {
      const wasSigned = this.nonce !== undefined;
      const response = await this.#transaction(method, attributes);
      if (response.messageClass === MessageClass.success) return response;
      const code = decodeErrorCode(findAttribute(response, Attribute.errorCode)!);
      if ((code !== 401 && code !== 438) || (code === 401 && wasSigned)) {
        throw new Error(`error ${code}`);
      }
      this.learn(response);
    }
    throw new Error("the server wants another nonce every time");
  }

  /** Sends a datagram as it is. */
  async send(datagram: Uint8Array): Promise<void> {
    await this.socket.send(datagram, this.#server);
  }

  /** A Send indication to a peer. */
  async sendIndication(peer: TransportAddress, data: Uint8Array): Promise<void> {
    await this.send(sendIndication(peer, data));
  }

  /** The next datagram, or undefined if none comes in this time. Nothing else may be receiving. */
  async receive(timeoutMs: number): Promise<Uint8Array | undefined> {
    this.#receiving ??= this.socket.receive().then(([bytes]) => bytes);
    const datagram = await within(timeoutMs, this.#receiving.catch(() => undefined));
    if (datagram !== undefined) this.#receiving = undefined;
    return datagram;
  }

  [Symbol.dispose](): void {
    this.socket.close();
  }

  async #transaction(method: number, attributes: readonly AttributePair[]): Promise<StunMessage> {
    const transactionId = crypto.getRandomValues(new Uint8Array(12));
    const request = this.encode(method, attributes, { transactionId });
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
