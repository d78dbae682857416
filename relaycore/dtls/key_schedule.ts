/**
 * From a premaster secret to keys: the pseudorandom function of TLS 1.2 with SHA-256 and what is
 * derived by it (RFC 5246 §5, §6.3, §7.4.9, §8.1; RFC 7627).
 *
 * @module
 */

import { createHash, hash } from "node:crypto";
import type { RecordKeys } from "./record_cipher.ts";

const MASTER_SECRET_LENGTH = 48;
const KEY_LENGTH = 16;
const SALT_LENGTH = 4;
const HASH_LENGTH = 32;
const HASH_BLOCK_LENGTH = 64;

/** Bytes of the verify_data in a Finished. */
export const VERIFY_DATA_LENGTH = 12;

const encoder = new TextEncoder();

/**
 * All messages of a handshake so far, as their hash: each with its header, as if it had been sent in
 * one fragment (RFC 6347 §4.2.6).
 */
export class Transcript {
  readonly #hash = createHash("sha256");

  add(message: Uint8Array): void {
    this.#hash.update(message);
  }

  /** The hash over what was added until now; more may be added. */
  digest(): Uint8Array {
    return this.#hash.copy().digest();
  }
}

/**
 * HMAC with SHA-256 (RFC 2104), by two calls of a hash that is native. `createHmac` of Deno makes
 * three objects for each call and takes twice as long.
 */
class HmacSha256 {
  /** The padded key, and room for what is hashed behind it. */
  readonly #inner: Uint8Array;
  readonly #outer = new Uint8Array(HASH_BLOCK_LENGTH + HASH_LENGTH);

  /** @param longest most bytes that are hashed in one call. */
  constructor(key: Uint8Array, longest: number) {
    const short = key.length > HASH_BLOCK_LENGTH ? sha256(key) : key;
    this.#inner = new Uint8Array(HASH_BLOCK_LENGTH + longest);
    for (let i = 0; i < HASH_BLOCK_LENGTH; i++) {
      this.#inner[i] = short[i] ^ 0x36; // beyond its end the key is 0
      this.#outer[i] = short[i] ^ 0x5c;
    }
  }

  /** The code of some bytes and more bytes. */
  of(bytes: Uint8Array, more: Uint8Array): Uint8Array {
    this.#inner.set(bytes, HASH_BLOCK_LENGTH);
    this.#inner.set(more, HASH_BLOCK_LENGTH + bytes.length);
    const end = HASH_BLOCK_LENGTH + bytes.length + more.length;
    this.#outer.set(sha256(this.#inner.subarray(0, end)), HASH_BLOCK_LENGTH);
    return sha256(this.#outer);
  }
}

function sha256(bytes: Uint8Array): Uint8Array {
  return hash("sha256", bytes, "buffer");
}

const NOTHING = new Uint8Array();

/** P_SHA256 over label and seeds (RFC 5246 §5). */
export function prf(
  secret: Uint8Array,
  label: string,
  seeds: readonly Uint8Array[],
  length: number,
): Uint8Array {
  const seed = joined([encoder.encode(label), ...seeds]);
  const hmac = new HmacSha256(secret, HASH_LENGTH + seed.length);
  const out = new Uint8Array(Math.ceil(length / HASH_LENGTH) * HASH_LENGTH);
  let a: Uint8Array = seed;
  for (let offset = 0; offset < length; offset += HASH_LENGTH) {
    a = hmac.of(a, NOTHING);
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

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    bytes.set(part, offset);
    offset += part.length;
  }
  return bytes;
}
