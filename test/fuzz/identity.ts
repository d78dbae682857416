/**
 * The identity of every hub that is fuzzed. It is always the same, so that recorded checks stay
 * right from one run to the next.
 *
 * @module
 */

import { createPrivateKey } from "node:crypto";
import { EARLIER_FINGERPRINT, EARLIER_HUB } from "../support/identities.ts";

/** Credentials, certificate, and its key as PKCS#8. */
export const IDENTITY = {
  ...EARLIER_HUB,
  keyPem: createPrivateKey(EARLIER_HUB.keyPem).export({ type: "pkcs8", format: "pem" }).toString(),
  fingerprint: EARLIER_FINGERPRINT,
};

/** Writes a state file with it. */
export async function writeState(path: string): Promise<void> {
  await Deno.writeTextFile(path, JSON.stringify(EARLIER_HUB));
}
