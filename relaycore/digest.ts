/**
 * SHA-1 and SHA-256, by the fastest implementation on this system. All implementations give the same
 * results.
 *
 * @module
 */

import { hash } from "node:crypto";

/** The hash functions of the hub's protocols. */
export type DigestName = "sha1" | "sha256";

/** An implementation of each hash function. The caller may keep the result. */
export type Digests = Readonly<Record<DigestName, (bytes: Uint8Array) => Uint8Array>>;

/** The implementations by `node:crypto`, which work on every system. */
export const nodeDigests: Digests = {
  sha1: (bytes) => hash("sha1", bytes, "buffer"),
  sha256: (bytes) => hash("sha256", bytes, "buffer"),
};

let fastest = nodeDigests;

/** The hash of some bytes. */
export function digest(name: DigestName, bytes: Uint8Array): Uint8Array {
  return fastest[name](bytes);
}

/**
 * Replaces the implementation of {@linkcode digest}.
 *
 * @param digests must give the same results as {@linkcode nodeDigests}; the caller has checked that.
 */
export function useDigests(digests: Digests): void {
  fastest = digests;
}
