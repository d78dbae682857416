/**
 * Message authentication codes with a hash function (HMAC, RFC 2104), by two calls of the hash
 * function. Deno's `createHmac` makes three objects for each code and takes several times as long.
 *
 * @module
 */

import { digest, type DigestName } from "./digest.ts";

/** Block length of SHA-1 and SHA-256, in bytes. */
const BLOCK_LENGTH = 64;
const HASH_LENGTH: Readonly<Record<DigestName, number>> = { sha1: 20, sha256: 32 };

/** Computes codes with one key. */
export class Hmac {
  readonly #name: DigestName;
  /** The padded key, followed by room for the message. */
  #inner: Uint8Array;
  readonly #outer: Uint8Array;

  /** @param room the usual length of a message, in bytes. Longer messages work, too. */
  constructor(name: DigestName, key: Uint8Array, room = 128) {
    this.#name = name;
    this.#inner = new Uint8Array(BLOCK_LENGTH + room);
    this.#outer = new Uint8Array(BLOCK_LENGTH + HASH_LENGTH[name]);
    const short = key.length > BLOCK_LENGTH ? digest(name, key) : key;
    for (let i = 0; i < BLOCK_LENGTH; i++) {
      this.#inner[i] = short[i] ^ 0x36; // a short key is padded with zeros
      this.#outer[i] = short[i] ^ 0x5c;
    }
  }

  /** The code of `bytes` followed by `more`. The caller may keep the array. */
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
