/**
 * The certificate and key of the hub, in the form that DTLS needs.
 *
 * @module
 */

import { Buffer } from "node:buffer";

/** The certificate and key of an identity. */
export interface DtlsCertificate {
  readonly certPem: string;
  /** PKCS#8. */
  readonly keyPem: string;
}

/**
 * The certificate in DER, as it is sent.
 *
 * @throws Error if the PEM is invalid.
 */
export function certificateDer({ certPem }: DtlsCertificate): Uint8Array {
  return derOf("CERTIFICATE", certPem);
}

/**
 * The private key as PKCS#8.
 *
 * @throws Error if the PEM is invalid.
 */
export function privateKeyDer({ keyPem }: DtlsCertificate): Uint8Array<ArrayBuffer> {
  return derOf("PRIVATE KEY", keyPem);
}

function derOf(label: string, pem: string): Uint8Array<ArrayBuffer> {
  const base64 = new RegExp(`-----BEGIN ${label}-----([^-]+)-----END ${label}-----`).exec(pem)?.[1];
  if (base64 === undefined) throw new Error(`not PEM of type ${label}`);
  return new Uint8Array(Buffer.from(base64, "base64"));
}
