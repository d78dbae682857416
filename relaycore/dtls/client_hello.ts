/**
 * The beginning of a ClientHello: version, random, session id and cookie (RFC 6347 §4.2.1).
 * `client_offer.ts` reads the part after the cookie.
 *
 * @module
 */

/** The readable start of a ClientHello; views into its body. */
export interface ClientHelloStart {
  /** 32 bytes, fresh in every handshake, the same in its repetitions. */
  readonly random: Uint8Array;
  /** Empty in a first ClientHello. */
  readonly cookie: Uint8Array;
  /** Where the cookie's length byte is in the body. */
  readonly cookieOffset: number;
}

const RANDOM_OFFSET = 2;
const SESSION_ID_OFFSET = RANDOM_OFFSET + 32;

/**
 * Reads the start of a ClientHello body, which may be cut off after the cookie: the first fragment
 * is enough.
 *
 * @returns undefined if the body ends before the cookie does, or is not a DTLS ClientHello.
 */
export function decodeClientHelloStart(body: Uint8Array): ClientHelloStart | undefined {
  if (body.length <= SESSION_ID_OFFSET || body[0] !== 0xfe) return undefined;
  const cookieOffset = SESSION_ID_OFFSET + 1 + body[SESSION_ID_OFFSET];
  if (cookieOffset >= body.length) return undefined;
  const cookieEnd = cookieOffset + 1 + body[cookieOffset];
  if (cookieEnd > body.length) return undefined;
  return {
    random: body.subarray(RANDOM_OFFSET, SESSION_ID_OFFSET),
    cookie: body.subarray(cookieOffset + 1, cookieEnd),
    cookieOffset,
  };
}
