import * as x509 from "@peculiar/x509";
import { createHash } from "node:crypto";
import { generateIdentity } from "../../relaycore/identity/generate.ts";
import { createIdentity, IdentityError } from "../../relaycore/identity/identity.ts";
import { WELL_KNOWN_TURN, wellKnownIdentity } from "../../relaycore/identity/well_known.ts";
import { assert, assertEquals, assertMatch, assertNotEquals, assertThrows } from "../assert.ts";
import { EARLIER_FINGERPRINT, EARLIER_HUB, P384 } from "./support/identities.ts";

Deno.test("the well-known identity is the one that browsers have built in", () => {
  const { ufrag, pwd, fingerprint } = wellKnownIdentity();
  assertEquals([ufrag, pwd], ["wbxlanhub01", "774B1GNZgs48OidH45A7DZx"]);
  assertEquals(fingerprint, "iMQvZo7x61ukUXjDvSJnKmr3PFy6iDvHSa9XV3mb_kA");
  assertEquals(WELL_KNOWN_TURN, {
    port: 3478,
    username: "wblan",
    password: "Sp64SHsXMZOdzT6rgYcF",
    realm: "kibitz",
  });
});

Deno.test("an earlier hub's SEC1 key is understood, and its fingerprint is openssl's", () => {
  const identity = createIdentity(EARLIER_HUB);
  assertEquals(identity.fingerprint, EARLIER_FINGERPRINT);
  assertEquals([identity.ufrag, identity.pwd], [EARLIER_HUB.ufrag, EARLIER_HUB.pwd]);
  assertMatch(identity.keyPem, /^-----BEGIN PRIVATE KEY-----/);
  // What it is turned into is read again as the same.
  assertEquals(createIdentity(identity), identity);
});

Deno.test("a generated identity is of the documented form and new each time", async () => {
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

Deno.test("texts that are no identity are refused, each with what is wrong", async () => {
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
