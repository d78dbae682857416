import * as x509 from "@peculiar/x509";
import { createHash } from "node:crypto";
import { generateIdentity } from "../../relaycore/identity/generate.ts";
import { createIdentity, IdentityError, toPem } from "../../relaycore/identity/identity.ts";
import { WELL_KNOWN_TURN, wellKnownIdentity } from "../../relaycore/identity/well_known.ts";
import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertMatch,
  assertNotEquals,
  assertThrows,
} from "../support/assert.ts";
import { EARLIER_FINGERPRINT, EARLIER_HUB, P384 } from "../support/identities.ts";

Deno.test("the well-known identity is the one that browsers have built in", () => {
  const { ufrag, pwd, fingerprint } = wellKnownIdentity();
  assertEquals([ufrag, pwd], ["wbxlanhub01", "774B1GNZgs48OidH45A7DZx"]);
  assertEquals(fingerprint, "iMQvZo7x61ukUXjDvSJnKmr3PFy6iDvHSa9XV3mb_kA");
  assertEquals(
    createIdentity(wellKnownIdentity()),
    wellKnownIdentity(),
    "a pair, and its fingerprint",
  );
  assertEquals(WELL_KNOWN_TURN, {
    port: 3478,
    username: "wblan",
    password: "Sp64SHsXMZOdzT6rgYcF",
    realm: "kibitz",
  });
});

Deno.test("a SEC1 key of an earlier hub is accepted, and its fingerprint agrees with openssl", () => {
  const identity = createIdentity(EARLIER_HUB);
  assertEquals(identity.fingerprint, EARLIER_FINGERPRINT);
  assertEquals([identity.ufrag, identity.pwd], [EARLIER_HUB.ufrag, EARLIER_HUB.pwd]);
  assertMatch(identity.keyPem, /^-----BEGIN PRIVATE KEY-----/);
  // The converted key is read as the same key.
  assertEquals(createIdentity(identity), identity);
});

Deno.test("a generated identity has the documented form and is new each time", async () => {
  const [one, two] = [await generateIdentity(), await generateIdentity()];
  for (const { ufrag, pwd, certPem, fingerprint } of [one, two]) {
    assertMatch(ufrag, /^[A-Za-z0-9]{8}$/);
    assertMatch(pwd, /^[A-Za-z0-9]{24}$/);
    const certificate = new x509.X509Certificate(certPem);
    assert(await certificate.verify({ signatureOnly: true }), "it is signed with its own key");
    assertEquals(
      certificate.notAfter.getUTCFullYear() - certificate.notBefore.getUTCFullYear(),
      20,
    );
    assert(certificate.notBefore < new Date());
    const der = new Uint8Array(certificate.rawData);
    assertEquals(fingerprint, createHash("sha256").update(der).digest("base64url"));
  }
  for (const key of ["ufrag", "pwd", "certPem", "keyPem", "fingerprint"] as const) {
    assertNotEquals(one[key], two[key]);
  }
});

Deno.test("invalid identities are refused with the reason", async () => {
  const other = await generateIdentity();
  const cases: [Partial<typeof EARLIER_HUB>, string][] = [
    [{ ufrag: "abc" }, "ufrag"],
    [{ ufrag: "ab|cd" }, "ufrag"],
    [{ ufrag: "abcd\n" }, "ufrag"],
    [{ ufrag: "x".repeat(257) }, "ufrag"],
    [{ pwd: "x".repeat(21) }, "pwd"],
    [{ pwd: "x".repeat(21) + "|" }, "pwd"],
    [{ certPem: "" }, "certPem"],
    [{ certPem: EARLIER_HUB.certPem.slice(0, 200) }, "certPem"],
    [{ certPem: EARLIER_HUB.certPem.replace("MIIB", "MIIC") }, "certPem"],
    [{ certPem: EARLIER_HUB.certPem + EARLIER_HUB.certPem }, "certPem"],
    [{ keyPem: "" }, "keyPem"],
    [{ keyPem: EARLIER_HUB.certPem }, "keyPem"],
    [{ keyPem: other.keyPem }, "do not belong together"],
    [P384, "not P-256"],
  ];
  for (const [change, complaint] of cases) {
    assertThrows(() => createIdentity({ ...EARLIER_HUB, ...change }), IdentityError, complaint);
  }
});

Deno.test("a pair of another algorithm is refused", async () => {
  const algorithm = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" };
  const keys = await crypto.subtle.generateKey(
    { ...algorithm, modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]) },
    true,
    ["sign", "verify"],
  );
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: "CN=rsa",
    notBefore: new Date("2026-01-01"),
    notAfter: new Date("2046-01-01"),
    signingAlgorithm: algorithm,
    keys,
  });
  const der = new Uint8Array(await crypto.subtle.exportKey("pkcs8", keys.privateKey));
  const rsa = {
    certPem: certificate.toString("pem"),
    keyPem: toPem("PRIVATE KEY", der),
  };
  assertThrows(() => createIdentity({ ...EARLIER_HUB, ...rsa }), IdentityError, "not P-256");
});

Deno.test("an identity with one damaged character is refused, or is still a matching pair", () => {
  const characters = "Aa0+/=- \n";
  let refused = 0;
  for (const field of ["certPem", "keyPem"] as const) {
    const text = EARLIER_HUB[field];
    for (let at = 0; at < text.length; at++) {
      const character = characters[at % characters.length];
      const damaged = {
        ...EARLIER_HUB,
        [field]: text.slice(0, at) + character + text.slice(at + 1),
      };
      try {
        const identity = createIdentity(damaged);
        // A key that passes is the same key, because no other key fits the certificate.
        if (field === "keyPem") assertEquals(identity, createIdentity(EARLIER_HUB));
      } catch (error) {
        assertInstanceOf(error, IdentityError);
        refused++;
      }
    }
  }
  assert(refused > 300, `${refused} were refused`);
});
