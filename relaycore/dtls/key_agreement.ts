/**
 * The hub's half of an ephemeral Diffie-Hellman exchange (RFC 8422 §5.4, §5.7, §5.11), by the native
 * code of `node:crypto`. It knows nothing of messages.
 *
 * It does not use `createECDH`: any guest can send a point that is not on the curve, which makes
 * Deno 2.4 panic there and ends the whole process. The import of a public key rejects such a point
 * in all versions.
 *
 * @module
 */

import { createPublicKey, diffieHellman, generateKeyPairSync, type KeyObject } from "node:crypto";
import { Buffer } from "node:buffer";

/** Groups (RFC 8422 §5.1.1) in the order of the hub's preference: X25519 costs a third of P-256. */
export const GROUPS = { x25519: 29, secp256r1: 23 } as const;

/** The number of a group that the hub supports. */
export type Group = typeof GROUPS[keyof typeof GROUPS];

/** The bytes before a public key in its SubjectPublicKeyInfo (RFC 5480, RFC 8410). */
const SPKI_PREFIX: Readonly<Record<Group, Uint8Array>> = {
  [GROUPS.x25519]: Buffer.from("302a300506032b656e032100", "hex"),
  [GROUPS.secp256r1]: Buffer.from("3059301306072a8648ce3d020106082a8648ce3d030107034200", "hex"),
};

/** Bytes of a public key on the wire; that of P-256 is an uncompressed point. */
export const PUBLIC_KEY_LENGTH: Readonly<Record<Group, number>> = {
  [GROUPS.x25519]: 32,
  [GROUPS.secp256r1]: 65,
};

/** A key pair for one handshake. */
export interface KeyPair {
  /** The public key as it is sent. */
  readonly publicKey: Uint8Array;
  /**
   * The premaster secret.
   *
   * @param peer the public key of the other end.
   * @throws Error if the key is not a key of this group, or if it leads to an all-zero secret (RFC
   *   7748 §6.1).
   */
  agree(peer: Uint8Array): Uint8Array;
  /** Overwrites the private key, if possible. {@linkcode agree} must not be called afterwards. */
  forget(): void;
}

/** A key pair by `node:crypto`. */
export class EphemeralKey implements KeyPair {
  readonly group: Group;
  readonly publicKey: Uint8Array;
  readonly #privateKey: KeyObject;

  constructor(group: Group) {
    const { privateKey, publicKey } = group === GROUPS.x25519
      ? generateKeyPairSync("x25519")
      : generateKeyPairSync("ec", { namedCurve: "prime256v1" });
    this.group = group;
    this.#privateKey = privateKey;
    const spki = publicKey.export({ format: "der", type: "spki" });
    this.publicKey = spki.subarray(spki.length - PUBLIC_KEY_LENGTH[group]);
  }

  agree(peer: Uint8Array): Uint8Array {
    const { group } = this;
    if (peer.length !== PUBLIC_KEY_LENGTH[group]) throw new Error("a public key of wrong length");
    const publicKey = createPublicKey({
      key: Buffer.concat([SPKI_PREFIX[group], peer]),
      format: "der",
      type: "spki",
    });
    const secret = diffieHellman({ privateKey: this.#privateKey, publicKey });
    if (secret.every((byte) => byte === 0)) throw new Error("a public key of small order");
    return secret;
  }

  /** Does nothing: the native code overwrites its keys when they are garbage-collected. */
  forget(): void {}
}
