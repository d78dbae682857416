/**
 * Chooses the cryptography of DTLS. Each part comes from the system's OpenSSL if it can be called, and
 * otherwise from `node:crypto`. An edge: it calls native code.
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

/** The cryptography for the hub and its self-test. */
export interface FastCrypto {
  readonly primitives: DtlsPrimitives;
  /** Signs with the certificate's key, synchronously; undefined if that would take too long. */
  readonly sign: ((bytes: Uint8Array) => Uint8Array) | undefined;
}

/** Opens the fastest implementations on this system. From then on, {@linkcode digest} uses them. */
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
