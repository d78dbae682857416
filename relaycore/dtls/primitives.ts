/**
 * The cryptographic operations on secret keys that a DTLS association needs. The protocol does not
 * know which implementation it was given.
 *
 * @module
 */

import { type AesGcm, nodeAesGcm } from "./aes_gcm.ts";
import { EphemeralKey, type Group, type KeyPair } from "./key_agreement.ts";

/** One implementation of the operations. */
export interface DtlsPrimitives {
  /** Seals records. */
  readonly gcm: AesGcm;
  /** Draws a key pair for one handshake. */
  createKey(group: Group): KeyPair;
}

/** The implementation by `node:crypto`, which works on every system. */
export const nodePrimitives: DtlsPrimitives = {
  gcm: nodeAesGcm,
  createKey: (group) => new EphemeralKey(group),
};
