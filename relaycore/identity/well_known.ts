/**
 * The identity that deployed browsers have built in, so that they find a hub with nothing handed to
 * them (protocol §5). It is public, key and all: it opens a door and vouches for nobody.
 *
 * @module
 */

import { type Identity, toPem } from "./identity.ts";

const CERTIFICATE_DER_BASE64 =
  "MIIBITCBx6ADAgECAgEBMAoGCCqGSM49BAMCMBoxGDAWBgNVBAMTD3dpdGJpdHotbGFuLWh1YjAeFw0yNTAxMDEw" +
  "MDAwMDBaFw00NTAxMDEwMDAwMDBaMBoxGDAWBgNVBAMTD3dpdGJpdHotbGFuLWh1YjBZMBMGByqGSM49AgEGCCqG" +
  "SM49AwEHA0IABHpoI8dNgYVDP+qv3iGyNqyghFAhqWSVL7PXamaYpLrII4ouPQXnl9qxY2z0eDXGQhudT6A+VaBO" +
  "GD9WlS0xAlwwCgYIKoZIzj0EAwIDSQAwRgIhAPL/RjiRTN366G5/jC+doUsXk/Hs/1GUbtCjPCnfqmFgAiEA0kud" +
  "CGkhWx4m28XymYYGwSf75I/EJ8SlGtJU6gXsj2s=";

const KEY_PKCS8_DER_BASE64 =
  "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgpNq8CRlfuvxiLqiKG8Dije691crQxiKt90qqpE2c" +
  "G22hRANCAAR6aCPHTYGFQz/qr94hsjasoIRQIalklS+z12pmmKS6yCOKLj0F55fasWNs9Hg1xkIbnU+gPlWgThg/" +
  "VpUtMQJc";

/** The well-known TURN credentials and port that browsers have built in. */
export const WELL_KNOWN_TURN = {
  port: 3478,
  username: "wblan",
  password: "Sp64SHsXMZOdzT6rgYcF",
  realm: "kibitz",
} as const;

/** `fp` of the blob for the certificate above: a test computes it. */
const FINGERPRINT = "iMQvZo7x61ukUXjDvSJnKmr3PFy6iDvHSa9XV3mb_kA";

/** The well-known identity. It is not checked as a saved one is, which would be done at every start. */
export function wellKnownIdentity(): Identity {
  return {
    ufrag: "wbxlanhub01",
    pwd: "774B1GNZgs48OidH45A7DZx",
    certPem: toPem("CERTIFICATE", CERTIFICATE_DER_BASE64),
    keyPem: toPem("PRIVATE KEY", KEY_PKCS8_DER_BASE64),
    fingerprint: FINGERPRINT,
  };
}
