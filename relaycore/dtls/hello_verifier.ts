/**
 * The stateless cookie exchange at the start of DTLS (RFC 6347 §4.2.1). A first ClientHello costs
 * the hub one HMAC and no memory; only a client that returns its cookie is worth a handshake.
 *
 * The handshake never sees a first ClientHello, so a repeated one cannot disturb what is under way.
 *
 * @module
 */

import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import type { ClientHelloStart } from "./client_hello.ts";
import { encodeHandshakeRecord } from "./record.ts";

const HELLO_VERIFY_REQUEST = 3;
const COOKIE_LENGTH = 20;

/** Makes and checks the cookies of one hub. */
export class HelloVerifier {
  readonly #secret: Uint8Array;

  /** @param secret random bytes; drawn anew when the hub starts, since no cookie need outlive it. */
  constructor(secret: Uint8Array = randomBytes(32)) {
    this.#secret = secret;
  }

  /**
   * Whether the ClientHello carries the cookie that this agent was given for this handshake.
   *
   * @param agent the ICE agent that the datagram belongs to. The cookie is bound to it and not to
   *   an address: ICE has proven the address already, and may switch to another one meanwhile.
   */
  isVerified(hello: ClientHelloStart, agent: string): boolean {
    return hello.cookie.length === COOKIE_LENGTH &&
      timingSafeEqual(this.#cookieFor(hello, agent), hello.cookie);
  }

  /** The HelloVerifyRequest for a ClientHello without a valid cookie: one datagram. */
  request(hello: ClientHelloStart, agent: string): Uint8Array {
    const body = new Uint8Array(3 + COOKIE_LENGTH);
    // The version here is not negotiated; RFC 6347 §4.2.1 asks for DTLS 1.0 whatever comes later.
    body.set([0xfe, 0xff, COOKIE_LENGTH]);
    body.set(this.#cookieFor(hello, agent), 3);
    // Record number 0 in every repetition, which needs no state: the association's records begin
    // at 1, because a client drops numbers that it has seen.
    return encodeHandshakeRecord({ type: HELLO_VERIFY_REQUEST, messageSeq: 0, body });
  }

  #cookieFor(hello: ClientHelloStart, agent: string): Uint8Array {
    return createHmac("sha256", this.#secret)
      .update(agent)
      .update(hello.random)
      .digest()
      .subarray(0, COOKIE_LENGTH);
  }
}
