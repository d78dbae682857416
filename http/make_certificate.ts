/**
 * Makes a key and certificate for the call page. This is a separate file because the library for it
 * is large, and is needed only once in two years.
 *
 * @module
 */

import * as x509 from "@peculiar/x509";
import { makeSelfSigned, randomSerialNumber } from "../relaycore/identity/self_signed.ts";
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
  const serialNumber = randomSerialNumber(15);
  const notBefore = new Date(now - CALL_CERTIFICATE.backdatedMs);
  const notAfter = new Date(notBefore.getTime() + CALL_CERTIFICATE.validMs);
  const { certPem, keyPem } = await makeSelfSigned({
    // No other hub has the same name, because Firefox compares issuers and serial numbers.
    name: `CN=Kibitz Offline ${serialNumber.slice(2, 10)}`,
    serialNumber,
    notBefore,
    notAfter,
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
  return { key: keyPem, cert: certPem, notAfter: notAfter.getTime() };
}
