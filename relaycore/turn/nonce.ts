/**
 * Nonces that need no storage. A nonce consists of the time of issue and a keyed hash over that
 * time and the client's transport address. A request from a stranger therefore leaves no state
 * behind, and a nonce is useless to any other client.
 *
 * The 16 characters do not begin with the "nonce cookie" of RFC 8489 §9.2. The cookie announces
 * security features such as password algorithms, which this server does not offer, and it would
 * make answers to strangers longer.
 *
 * @module
 */

import { createHmac, timingSafeEqual } from "node:crypto";
import { TURN_NONCE_LIFETIME_MS } from "../limits.ts";
import { type TransportAddress, transportAddressKey } from "../net/transport_address.ts";

const TIME_BYTES = 4;
const HASH_BYTES = 8;

const encoder = new TextEncoder();

/** Issues nonces and checks them, with one secret. */
export class Nonces {
  readonly #secret: Uint8Array;

  /** @param secret at least 16 random bytes, new for every run. */
  constructor(secret: Uint8Array) {
    this.#secret = secret;
  }

  /** A nonce for this client, as the bytes of a NONCE attribute. */
  issue(client: TransportAddress, now: number): Uint8Array {
    return this.#make(client, Math.floor(now / 1000));
  }

  /**
   * Whether this nonce was issued to this client and is not too old. `now` is from the same clock
   * as in {@link issue}.
   */
  isValid(nonce: Uint8Array, client: TransportAddress, now: number): boolean {
    const seconds = timeOf(nonce);
    if (seconds === undefined) return false;
    const age = now - seconds * 1000;
    if (age < 0 || age > TURN_NONCE_LIFETIME_MS) return false;
    const expected = this.#make(client, seconds);
    return nonce.length === expected.length && timingSafeEqual(nonce, expected);
  }

  #make(client: TransportAddress, seconds: number): Uint8Array {
    const raw = new Uint8Array(TIME_BYTES + HASH_BYTES);
    new DataView(raw.buffer).setUint32(0, seconds);
    const hash = createHmac("sha256", this.#secret)
      .update(raw.subarray(0, TIME_BYTES))
      .update(transportAddressKey(client))
      .digest();
    raw.set(hash.subarray(0, HASH_BYTES), TIME_BYTES);
    return encoder.encode(btoa(String.fromCharCode(...raw)));
  }
}

/**
 * The time in a nonce, in seconds, or undefined if the bytes do not have the form of a nonce of
 * this server.
 */
function timeOf(nonce: Uint8Array): number | undefined {
  try {
    const raw = atob(String.fromCharCode(...nonce.subarray(0, 64)));
    if (raw.length !== TIME_BYTES + HASH_BYTES) return undefined;
    return new DataView(Uint8Array.from(raw, (c) => c.charCodeAt(0)).buffer).getUint32(0);
  } catch {
    return undefined; // Not base64.
  }
}
