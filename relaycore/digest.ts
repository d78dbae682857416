/**
 * SHA-1 and SHA-256 of some bytes, by the fastest implementation that this system has. Which one that
 * is cannot be seen from outside.
 *
 * @module
 */

import { hash } from "node:crypto";

/** The hash functions of the hub's protocols. */
export type DigestName = "sha1" | "sha256";

/** Implementations of these functions. What they give is the caller's. */
export type Digests = Readonly<Record<DigestName, (bytes: Uint8Array) => Uint8Array>>;

/** By `node:crypto`, which every system has. */
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
 * Has the hashes computed by another implementation from now on.
 *
 * @param digests give the same as those of `node:crypto`; the caller has tried it.
 */
export function useDigests(digests: Digests): void {
  fastest = digests;
}
