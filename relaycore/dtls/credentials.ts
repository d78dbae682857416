/**
 * The certificate that the hub shows in every handshake, read once.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { createPrivateKey, type KeyObject, sign } from "node:crypto";

/** What the association needs of the identity. */
export interface DtlsCertificate {
  readonly certPem: string;
  /** PKCS#8. */
  readonly keyPem: string;
}

/** The same, ready for use. */
export interface DtlsCredentials {
  readonly certificateDer: Uint8Array;
  /** ECDSA with SHA-256 over the bytes, as DER. */
  sign(bytes: Uint8Array): Uint8Array;
}

/** Reading the key costs as much as a signature, and all guests of a hub are shown the same. */
const known = new WeakMap<DtlsCertificate, DtlsCredentials>();

/**
 * The credentials of a certificate.
 *
 * @throws Error if its PEM is none.
 */
export function credentialsOf(certificate: DtlsCertificate): DtlsCredentials {
  let credentials = known.get(certificate);
  if (credentials === undefined) {
    const key: KeyObject = createPrivateKey(certificate.keyPem);
    const base64 = /-----BEGIN CERTIFICATE-----([^-]+)-----END CERTIFICATE-----/
      .exec(certificate.certPem)?.[1];
    if (base64 === undefined) throw new Error("not a certificate in PEM");
    credentials = {
      certificateDer: new Uint8Array(Buffer.from(base64, "base64")),
      sign: (bytes) => sign("sha256", bytes, key),
    };
    known.set(certificate, credentials);
  }
  return credentials;
}
