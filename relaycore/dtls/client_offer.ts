/**
 * What a ClientHello offers, as far as the hub chooses from it (RFC 5246 §7.4.1.2, RFC 8422 §5.1,
 * RFC 5764 §4.1.1, RFC 7627 §5.1, RFC 5746 §3.4). The part up to the cookie is `client_hello.ts`'s.
 *
 * @module
 */

import type { ClientHelloStart } from "./client_hello.ts";

/** A client's offer. Lists are in its order of preference. */
export interface ClientOffer {
  readonly cipherSuites: readonly number[];
  /** undefined if the client says nothing of groups. */
  readonly groups: readonly number[] | undefined;
  /** undefined if the client says nothing of them. */
  readonly signatureSchemes: readonly number[] | undefined;
  readonly srtpProfiles: readonly number[];
  readonly extendedMasterSecret: boolean;
  readonly secureRenegotiation: boolean;
}

/** Extension types. */
export const Extension = {
  supportedGroups: 10,
  signatureAlgorithms: 13,
  useSrtp: 14,
  extendedMasterSecret: 23,
  renegotiationInfo: 0xff01,
} as const;

/** Stands among the cipher suites for an empty renegotiation_info (RFC 5746 §3.3). */
const EMPTY_RENEGOTIATION_INFO_SCSV = 0x00ff;

/**
 * Reads the offer in a whole ClientHello.
 *
 * @returns undefined if it is malformed.
 */
export function decodeClientOffer(
  body: Uint8Array,
  { cookie, cookieOffset }: ClientHelloStart,
): ClientOffer | undefined {
  const reader = new Reader(body, cookieOffset + 1 + cookie.length);
  const cipherSuites = reader.vector(2)?.numbers();
  const compressions = reader.vector(1);
  if (cipherSuites === undefined || compressions === undefined) return undefined;
  const extensions = new Map<number, Reader>();
  const all = reader.isAtEnd ? undefined : reader.vector(2);
  while (all !== undefined && !all.isAtEnd) {
    const type = all.uint16();
    const data = all.vector(2);
    if (type === undefined || data === undefined) return undefined;
    extensions.set(type, data);
  }
  const list = (type: number) => extensions.get(type)?.vector(2)?.numbers();
  return {
    cipherSuites,
    groups: list(Extension.supportedGroups),
    signatureSchemes: list(Extension.signatureAlgorithms),
    srtpProfiles: list(Extension.useSrtp) ?? [],
    extendedMasterSecret: extensions.has(Extension.extendedMasterSecret),
    secureRenegotiation: extensions.has(Extension.renegotiationInfo) ||
      cipherSuites.includes(EMPTY_RENEGOTIATION_INFO_SCSV),
  };
}

/** Reads numbers and vectors; undefined where the bytes end too early. */
class Reader {
  readonly #bytes: Uint8Array;
  #offset: number;

  constructor(bytes: Uint8Array, offset: number) {
    this.#bytes = bytes;
    this.#offset = offset;
  }

  get isAtEnd(): boolean {
    return this.#offset >= this.#bytes.length;
  }

  uint16(): number | undefined {
    if (this.#offset + 2 > this.#bytes.length) return undefined;
    const value = this.#bytes[this.#offset] << 8 | this.#bytes[this.#offset + 1];
    this.#offset += 2;
    return value;
  }

  /** A vector with a length of so many bytes before it. */
  vector(lengthBytes: 1 | 2): Reader | undefined {
    const start = this.#offset + lengthBytes;
    if (start > this.#bytes.length) return undefined;
    const length = lengthBytes === 1
      ? this.#bytes[this.#offset]
      : this.#bytes[this.#offset] << 8 | this.#bytes[this.#offset + 1];
    if (start + length > this.#bytes.length) return undefined;
    this.#offset = start + length;
    return new Reader(this.#bytes.subarray(start, start + length), 0);
  }

  /** All that is left, as 16-bit numbers; undefined if half of one is left over. */
  numbers(): number[] | undefined {
    const numbers: number[] = [];
    while (!this.isAtEnd) {
      const number = this.uint16();
      if (number === undefined) return undefined;
      numbers.push(number);
    }
    return numbers;
  }
}
