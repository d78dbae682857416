/**
 * The stateless cookie exchange at the start of DTLS (RFC 6347 §4.2.1). A first ClientHello costs
 * the hub one HMAC and no memory. A client that returns its cookie has shown that it receives at the
 * address that the cookie was sent to.
 *
 * The handshake never sees a first ClientHello, so a repeated one cannot disturb a handshake.
 *
 * @module
 */

import { randomBytes, timingSafeEqual } from "node:crypto";
import { Hmac } from "../hmac.ts";
import { COOKIE_PERIOD_MS } from "../limits.ts";
import { formatIpv4, parseIpv4, type TransportAddress } from "../net/transport_address.ts";
import type { ClientHelloStart } from "./client_hello.ts";
import { encodeHandshakeRecord } from "./record.ts";

const HELLO_VERIFY_REQUEST = 3;

/** A cookie: the low byte of the period, the IPv4 address, the port, the MAC. */
const ADDRESS_OFFSET = 1;
const PORT_OFFSET = 5;
const MAC_OFFSET = 7;
const MAC_LENGTH = 20;
/** In the MAC, the period is encoded as a 64-bit float. */
const PERIOD_LENGTH = 8;
/** At most 32, the limit of DTLS 1.0 clients. */
const COOKIE_LENGTH = MAC_OFFSET + MAC_LENGTH;

/** Makes and checks the cookies of one hub. */
export class HelloVerifier {
  readonly #hmac: Hmac;

  /**
   * @param secret random bytes; drawn anew when the hub starts, because cookies need not stay valid
   * after a restart.
   */
  constructor(secret: Uint8Array = randomBytes(32)) {
    this.#hmac = new Hmac("sha256", secret);
  }

  /**
   * The address that the cookie in this ClientHello was sent to. The client receives at that address.
   *
   * That is not always where the ClientHello comes from, because ICE may choose another pair of
   * addresses between the two ClientHellos. So the cookie contains its address.
   *
   * @param now milliseconds on the clock of {@link request}.
   * @returns undefined if there is no cookie, or one that is forged, too old, or of another
   *   handshake.
   */
  cookieWentTo(
    { cookie, random }: ClientHelloStart,
    now: number,
  ): TransportAddress | undefined {
    if (cookie.length !== COOKIE_LENGTH) return undefined;
    const current = periodOf(now);
    const period = [current, current - 1].find((period) => (period & 255) === cookie[0]);
    if (period === undefined) return undefined;
    const expected = this.#mac(period, cookie.subarray(ADDRESS_OFFSET, MAC_OFFSET), random);
    if (!timingSafeEqual(expected, cookie.subarray(MAC_OFFSET))) return undefined;
    const view = new DataView(cookie.buffer, cookie.byteOffset, COOKIE_LENGTH);
    return {
      address: formatIpv4(view.getUint32(ADDRESS_OFFSET)),
      port: view.getUint16(PORT_OFFSET),
    };
  }

  /**
   * The HelloVerifyRequest for a ClientHello without a valid cookie: one datagram, smaller than any
   * ClientHello, for this address.
   */
  request({ random }: ClientHelloStart, to: TransportAddress, now: number): Uint8Array {
    const cookie = new Uint8Array(COOKIE_LENGTH);
    const view = new DataView(cookie.buffer);
    const period = periodOf(now);
    cookie[0] = period;
    view.setUint32(ADDRESS_OFFSET, parseIpv4(to.address)!);
    view.setUint16(PORT_OFFSET, to.port);
    cookie.set(this.#mac(period, cookie.subarray(ADDRESS_OFFSET, MAC_OFFSET), random), MAC_OFFSET);

    const body = new Uint8Array(3 + COOKIE_LENGTH);
    // The version here is not negotiated; RFC 6347 §4.2.1 asks for DTLS 1.0 whatever comes later.
    body.set([0xfe, 0xff, COOKIE_LENGTH]);
    body.set(cookie, 3);
    // Record number 0 in every repetition, which needs no state: the association's records begin
    // at 1, because a client drops numbers that it has seen.
    return encodeHandshakeRecord({ type: HELLO_VERIFY_REQUEST, messageSeq: 0, body });
  }

  #mac(period: number, address: Uint8Array, random: Uint8Array): Uint8Array {
    const start = new Uint8Array(PERIOD_LENGTH + address.length);
    new DataView(start.buffer).setFloat64(0, period);
    start.set(address, PERIOD_LENGTH);
    return this.#hmac.of(start, random).subarray(0, MAC_LENGTH);
  }
}

/** A cookie is valid in the period in which it was made and in the next one. */
function periodOf(now: number): number {
  return Math.floor(now / COOKIE_PERIOD_MS);
}
