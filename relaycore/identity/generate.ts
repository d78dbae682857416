/**
 * A new identity, drawn at random (docs/PROTOCOL.md §5).
 *
 * @module
 */

import * as x509 from "@peculiar/x509";
import { createIdentity, type Identity, toPem } from "./identity.ts";
import { randomText } from "./random_text.ts";

const UFRAG_LENGTH = 8;
const PWD_LENGTH = 24;
const VALID_YEARS = 20;
const DAY_MS = 86_400_000;

/** Draws credentials and a key, and signs a certificate with it. */
export async function generateIdentity(): Promise<Identity> {
  const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
  const keys = await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  x509.cryptoProvider.set(crypto);
  // Valid from a day ago: a Raspberry Pi has no clock of its own, so its time may be behind or
  // ahead of its guests' time.
  const notBefore = new Date(Date.now() - DAY_MS);
  const notAfter = new Date(notBefore);
  notAfter.setUTCFullYear(notAfter.getUTCFullYear() + VALID_YEARS);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: "CN=kibitz-offline",
    serialNumber: `01${hex(crypto.getRandomValues(new Uint8Array(8)))}`,
    notBefore,
    notAfter,
    signingAlgorithm: algorithm,
    keys,
  });
  const key = new Uint8Array(await crypto.subtle.exportKey("pkcs8", keys.privateKey));
  return createIdentity({
    ufrag: randomText(UFRAG_LENGTH),
    pwd: randomText(PWD_LENGTH),
    certPem: toPem("CERTIFICATE", base64(new Uint8Array(certificate.rawData))),
    keyPem: toPem("PRIVATE KEY", base64(key)),
  });
}

function base64(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes));
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
