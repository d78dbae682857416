/**
 * Message authentication codes with a hash function (RFC 2104), by two calls of it. `createHmac` of
 * Deno makes three objects for each call and takes several times as long.
 *
 * @module
 */

import { digest, type DigestName } from "./digest.ts";

/** Bytes that SHA-1 and SHA-256 take at once. */
const BLOCK_LENGTH = 64;
const HASH_LENGTH: Readonly<Record<DigestName, number>> = { sha1: 20, sha256: 32 };

/** The codes of one key. */
export class Hmac {
  readonly #name: DigestName;
  /** The padded key, and room for what is hashed behind it. */
  #inner: Uint8Array;
  readonly #outer: Uint8Array;

  /** @param room bytes that are mostly hashed in one call; more can be. */
  constructor(name: DigestName, key: Uint8Array, room = 128) {
    this.#name = name;
    this.#inner = new Uint8Array(BLOCK_LENGTH + room);
    this.#outer = new Uint8Array(BLOCK_LENGTH + HASH_LENGTH[name]);
    const short = key.length > BLOCK_LENGTH ? digest(name, key) : key;
    for (let i = 0; i < BLOCK_LENGTH; i++) {
      this.#inner[i] = short[i] ^ 0x36; // beyond its end the key is 0
      this.#outer[i] = short[i] ^ 0x5c;
    }
  }

  /** The code of some bytes and more bytes; the array is the caller's. */
  of(bytes: Uint8Array, more?: Uint8Array): Uint8Array {
    const end = BLOCK_LENGTH + bytes.length + (more?.length ?? 0);
    if (end > this.#inner.length) {
      const longer = new Uint8Array(end);
      longer.set(this.#inner.subarray(0, BLOCK_LENGTH));
      this.#inner = longer;
    }
    this.#inner.set(bytes, BLOCK_LENGTH);
    if (more !== undefined) this.#inner.set(more, BLOCK_LENGTH + bytes.length);
    this.#outer.set(digest(this.#name, this.#inner.subarray(0, end)), BLOCK_LENGTH);
    return digest(this.#name, this.#outer);
  }
}
