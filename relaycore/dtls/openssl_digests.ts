/**
 * SHA-1 and SHA-256 by the system's OpenSSL, where it may be called: for the short texts of a
 * handshake `node:crypto` takes five times as long. An edge.
 *
 * @module
 */

import { isEqual } from "../bytes.ts";
import { type DigestName, type Digests, nodeDigests } from "../digest.ts";
import { openLibcrypto } from "./libcrypto.ts";

const SYMBOLS = {
  SHA1: { parameters: ["buffer", "usize", "buffer"], result: "pointer" },
  SHA256: { parameters: ["buffer", "usize", "buffer"], result: "pointer" },
} as const;

type Bytes = Uint8Array<ArrayBuffer>;

const HASHES: readonly DigestName[] = ["sha1", "sha256"];

/** Lengths to test: around a block, and a handshake. */
const TRIED_LENGTHS = [0, 1, 55, 56, 63, 64, 65, 1500];

/** Opens OpenSSL for hashes; undefined if it cannot be used, or disagrees with `node:crypto`. */
export function openOpensslDigests(): Digests | undefined {
  return openLibcrypto(SYMBOLS, (openssl) => {
    const digests: Digests = {
      sha1: (bytes) => {
        const hash = new Uint8Array(20);
        if (openssl.SHA1(bytes as Bytes, BigInt(bytes.length), hash) === null) {
          throw new Error("no SHA-1");
        }
        return hash;
      },
      sha256: (bytes) => {
        const hash = new Uint8Array(32);
        if (openssl.SHA256(bytes as Bytes, BigInt(bytes.length), hash) === null) {
          throw new Error("no SHA-256");
        }
        return hash;
      },
    };
    return areRight(digests) ? digests : undefined;
  });
}

function areRight(digests: Digests): boolean {
  return TRIED_LENGTHS.every((length) => {
    const bytes = crypto.getRandomValues(new Uint8Array(length));
    return HASHES.every((name) => {
      return isEqual(digests[name](bytes), nodeDigests[name](bytes));
    });
  });
}
