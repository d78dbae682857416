/**
 * Derives keys from a premaster secret: the pseudorandom function of TLS 1.2 with SHA-256, and the
 * secrets and keys that it yields (RFC 5246 §5, §6.3, §7.4.9, §8.1; RFC 7627).
 *
 * @module
 */

import { joined } from "../bytes.ts";
import { digest } from "../digest.ts";
import { Hmac } from "../hmac.ts";
import type { RecordKeys } from "./record_cipher.ts";

const MASTER_SECRET_LENGTH = 48;
const KEY_LENGTH = 16;
const SALT_LENGTH = 4;
const HASH_LENGTH = 32;

/** First capacity in bytes: most handshakes fit. A longer handshake gets more. */
const TRANSCRIPT_ROOM = 2048;

/** Bytes of the verify_data in a Finished. */
export const VERIFY_DATA_LENGTH = 12;

const encoder = new TextEncoder();

/**
 * All messages of a handshake so far, for their hash: each with its header, as if it had been sent in
 * one fragment (RFC 6347 §4.2.6). Hashing the 1.5 kB three times costs less than the objects of an
 * incremental hash.
 */
export class Transcript {
  #bytes = new Uint8Array(TRANSCRIPT_ROOM);
  #length = 0;

  add(message: Uint8Array): void {
    const end = this.#length + message.length;
    if (end > this.#bytes.length) {
      const longer = new Uint8Array(2 * end);
      longer.set(this.#bytes.subarray(0, this.#length));
      this.#bytes = longer;
    }
    this.#bytes.set(message, this.#length);
    this.#length = end;
  }

  /** The hash of all messages so far. More may be added afterwards. */
  digest(): Uint8Array {
    return digest("sha256", this.#bytes.subarray(0, this.#length));
  }
}

/** P_SHA256 over label and seeds (RFC 5246 §5). */
export function prf(
  secret: Uint8Array,
  label: string,
  seeds: readonly Uint8Array[],
  length: number,
): Uint8Array {
  const seed = joined(encoder.encode(label), ...seeds);
  const hmac = new Hmac("sha256", secret, HASH_LENGTH + seed.length);
  const out = new Uint8Array(Math.ceil(length / HASH_LENGTH) * HASH_LENGTH);
  let a: Uint8Array = seed;
  for (let offset = 0; offset < length; offset += HASH_LENGTH) {
    a = hmac.of(a);
    out.set(hmac.of(a, seed), offset);
  }
  return out.subarray(0, length);
}

/** RFC 5246 §8.1. */
export function masterSecret(
  premaster: Uint8Array,
  clientRandom: Uint8Array,
  serverRandom: Uint8Array,
): Uint8Array {
  return prf(premaster, "master secret", [clientRandom, serverRandom], MASTER_SECRET_LENGTH);
}

/** RFC 7627 §4. @param sessionHash over all messages up to the ClientKeyExchange, included. */
export function extendedMasterSecret(premaster: Uint8Array, sessionHash: Uint8Array): Uint8Array {
  return prf(premaster, "extended master secret", [sessionHash], MASTER_SECRET_LENGTH);
}

/** The keys of both directions for AES-128-GCM (RFC 5246 §6.3, RFC 5288 §3). */
export function recordKeys(
  master: Uint8Array,
  clientRandom: Uint8Array,
  serverRandom: Uint8Array,
): { readonly client: RecordKeys; readonly server: RecordKeys } {
  const length = 2 * (KEY_LENGTH + SALT_LENGTH);
  const block = prf(master, "key expansion", [serverRandom, clientRandom], length);
  const salts = 2 * KEY_LENGTH;
  return {
    client: {
      key: block.subarray(0, KEY_LENGTH),
      salt: block.subarray(salts, salts + SALT_LENGTH),
    },
    server: {
      key: block.subarray(KEY_LENGTH, salts),
      salt: block.subarray(salts + SALT_LENGTH),
    },
  };
}

/** The verify_data of either end's Finished (RFC 5246 §7.4.9). @param hash of the messages so far. */
export function verifyData(
  master: Uint8Array,
  end: "client" | "server",
  hash: Uint8Array,
): Uint8Array {
  return prf(master, `${end} finished`, [hash], VERIFY_DATA_LENGTH);
}
