/**
 * The identity of every hub that is fuzzed. It is always the same, so that recorded checks are
 * valid in every run.
 *
 * @module
 */

import { createPrivateKey } from "node:crypto";
import { EARLIER_FINGERPRINT, EARLIER_HUB } from "../support/identities.ts";

/** The ICE credentials, the certificate, and its key as PKCS#8. */
export const IDENTITY = {
  ...EARLIER_HUB,
  keyPem: createPrivateKey(EARLIER_HUB.keyPem).export({ type: "pkcs8", format: "pem" }).toString(),
  fingerprint: EARLIER_FINGERPRINT,
};

/** Writes a state file with this identity. */
export async function writeState(path: string): Promise<void> {
  await Deno.writeTextFile(path, JSON.stringify(EARLIER_HUB));
}
