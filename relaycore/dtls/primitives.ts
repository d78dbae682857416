/**
 * The cryptography that a DTLS association is given: whatever does the work on a secret key. The
 * protocol does not know which implementation that is.
 *
 * @module
 */

import { type AesGcm, nodeAesGcm } from "./aes_gcm.ts";
import { EphemeralKey, type Group, type KeyPair } from "./key_agreement.ts";

/** An implementation of each. */
export interface DtlsPrimitives {
  /** Seals records. */
  readonly gcm: AesGcm;
  /** Draws a key pair for one handshake. */
  createKey(group: Group): KeyPair;
}

/** By `node:crypto`, which every system has. */
export const nodePrimitives: DtlsPrimitives = {
  gcm: nodeAesGcm,
  createKey: (group) => new EphemeralKey(group),
};
