/**
 * Makes a key and certificate for the call page. This is a separate file because the library for it
 * is large, and is needed only once in two years.
 *
 * @module
 */

import * as x509 from "@peculiar/x509";
import { toPem } from "../relaycore/identity/identity.ts";
import { CALL_CERTIFICATE } from "../relaycore/limits.ts";
import { parseIpv4 } from "../relaycore/net/transport_address.ts";
import type { TlsKeys } from "./secure_front.ts";

/**
 * Makes a P-256 key and a self-signed certificate for a web server.
 *
 * @param hosts the names and IPv4 addresses that the certificate is for.
 * @param now milliseconds since 1970.
 */
export async function makeCertificate(
  hosts: readonly string[],
  now: number,
): Promise<TlsKeys & { notAfter: number }> {
  const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
  const keys = await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  x509.cryptoProvider.set(crypto);
  const serial = hex(crypto.getRandomValues(new Uint8Array(15)));
  const notBefore = new Date(now - CALL_CERTIFICATE.backdatedMs);
  const notAfter = new Date(notBefore.getTime() + CALL_CERTIFICATE.validMs);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    // No other hub has the same name, because Firefox compares issuers and serial numbers.
    name: `CN=Kibitz Offline ${serial.slice(0, 8)}`,
    serialNumber: `01${serial}`,
    notBefore,
    notAfter,
    signingAlgorithm: algorithm,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.SubjectAlternativeNameExtension(
        [...new Set(hosts)].map((host) => ({
          type: parseIpv4(host) === undefined ? "dns" as const : "ip" as const,
          value: host,
        })),
      ),
    ],
  });
  const key = new Uint8Array(await crypto.subtle.exportKey("pkcs8", keys.privateKey));
  return {
    key: toPem("PRIVATE KEY", base64(key)),
    cert: toPem("CERTIFICATE", base64(new Uint8Array(certificate.rawData))),
    notAfter: notAfter.getTime(),
  };
}

function base64(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes));
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
