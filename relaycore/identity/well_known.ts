/**
 * The identity that deployed browsers have built in, so that they find a hub without a link
 * (docs/PROTOCOL.md §5). It is public, including its private key, so it proves nothing about who runs
 * the hub.
 *
 * @module
 */

import type { Identity } from "./identity.ts";

const CERT_PEM = `-----BEGIN CERTIFICATE-----
MIIBITCBx6ADAgECAgEBMAoGCCqGSM49BAMCMBoxGDAWBgNVBAMTD3dpdGJpdHot
bGFuLWh1YjAeFw0yNTAxMDEwMDAwMDBaFw00NTAxMDEwMDAwMDBaMBoxGDAWBgNV
BAMTD3dpdGJpdHotbGFuLWh1YjBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABHpo
I8dNgYVDP+qv3iGyNqyghFAhqWSVL7PXamaYpLrII4ouPQXnl9qxY2z0eDXGQhud
T6A+VaBOGD9WlS0xAlwwCgYIKoZIzj0EAwIDSQAwRgIhAPL/RjiRTN366G5/jC+d
oUsXk/Hs/1GUbtCjPCnfqmFgAiEA0kudCGkhWx4m28XymYYGwSf75I/EJ8SlGtJU
6gXsj2s=
-----END CERTIFICATE-----
`;

const KEY_PEM = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgpNq8CRlfuvxiLqiK
G8Dije691crQxiKt90qqpE2cG22hRANCAAR6aCPHTYGFQz/qr94hsjasoIRQIalk
lS+z12pmmKS6yCOKLj0F55fasWNs9Hg1xkIbnU+gPlWgThg/VpUtMQJc
-----END PRIVATE KEY-----
`;

/** The well-known TURN credentials and port that browsers have built in. */
export const WELL_KNOWN_TURN = {
  port: 3478,
  username: "wblan",
  password: "Sp64SHsXMZOdzT6rgYcF",
  realm: "kibitz",
} as const;

/** `fp` of the blob for the certificate above: a test computes it. */
const FINGERPRINT = "iMQvZo7x61ukUXjDvSJnKmr3PFy6iDvHSa9XV3mb_kA";

/** The well-known identity. It is not checked like a saved one, because that would slow every start. */
export function wellKnownIdentity(): Identity {
  return {
    ufrag: "wbxlanhub01",
    pwd: "774B1GNZgs48OidH45A7DZx",
    certPem: CERT_PEM,
    keyPem: KEY_PEM,
    fingerprint: FINGERPRINT,
  };
}
