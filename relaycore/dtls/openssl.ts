/**
 * The cryptography of DTLS by the system's OpenSSL, each part where it can be had, and by
 * `node:crypto` where not. An edge: it calls native code.
 *
 * @module
 */

import { nodeDigests, useDigests } from "../digest.ts";
import type { DtlsCertificate } from "./credentials.ts";
import { GROUPS } from "./key_agreement.ts";
import { openOpensslAesGcm } from "./openssl_aes_gcm.ts";
import { openOpensslDigests } from "./openssl_digests.ts";
import { openOpensslP256 } from "./openssl_p256.ts";
import { type DtlsPrimitives, nodePrimitives } from "./primitives.ts";

/** What the hub and its self-test use. */
export interface FastCrypto {
  readonly primitives: DtlsPrimitives;
  /** Signs with the certificate's key while the caller waits; undefined if that takes long. */
  readonly sign: ((bytes: Uint8Array) => Uint8Array) | undefined;
}

/** Finds the fastest that this system has. From then on, hashes are computed by it. */
export function openFastCrypto(certificate: DtlsCertificate): FastCrypto {
  useDigests(openOpensslDigests() ?? nodeDigests);
  const p256 = openOpensslP256();
  return {
    primitives: {
      gcm: openOpensslAesGcm() ?? nodePrimitives.gcm,
      createKey: (group) =>
        p256 !== undefined && group === GROUPS.secp256r1
          ? p256.createKey()
          : nodePrimitives.createKey(group),
    },
    sign: p256?.createSigner(certificate),
  };
}
