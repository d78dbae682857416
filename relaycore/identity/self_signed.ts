/**
 * Makes P-256 keys with self-signed certificates: for the hub's identity, and for its call page. The
 * library for it is large, so this file is loaded only if a certificate has to be made.
 *
 * @module
 */

import { randomBytes } from "node:crypto";
import * as x509 from "@peculiar/x509";
import { toPem } from "./identity.ts";

/** What a certificate says. */
export interface CertificateContent {
  /** Subject and issuer, such as `CN=hub`. */
  readonly name: string;
  /** The serial number in hexadecimal, from {@linkcode randomSerialNumber}. */
  readonly serialNumber: string;
  readonly notBefore: Date;
  readonly notAfter: Date;
  /** The extensions (RFC 5280 §4.2). By default there are none. */
  readonly extensions?: x509.Extension[];
}

/** A certificate and its key, both PEM. */
export interface CertificateTexts {
  readonly certPem: string;
  /** PKCS#8. */
  readonly keyPem: string;
}

/**
 * A random serial number in hexadecimal. It is positive (RFC 5280 §4.1.2.2), because it begins with
 * the byte 1.
 *
 * @param bytes the number of random bytes, at most 19.
 */
export function randomSerialNumber(bytes: number): string {
  return `01${randomBytes(bytes).toString("hex")}`;
}

/** Makes a key, and a certificate that is signed with it (ECDSA with SHA-256). */
export async function makeSelfSigned(content: CertificateContent): Promise<CertificateTexts> {
  const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
  const keys = await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  x509.cryptoProvider.set(crypto);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    ...content,
    signingAlgorithm: algorithm,
    keys,
  });
  const key = await crypto.subtle.exportKey("pkcs8", keys.privateKey);
  return {
    certPem: toPem("CERTIFICATE", new Uint8Array(certificate.rawData)),
    keyPem: toPem("PRIVATE KEY", new Uint8Array(key)),
  };
}
