import { openFastCrypto } from "../../relaycore/dtls/openssl.ts";
import { generateIdentity } from "../../relaycore/identity/generate.ts";
import { wellKnownIdentity } from "../../relaycore/identity/well_known.ts";
import { selfTest } from "../../relaycore/self_test/self_test.ts";
import { assertRejects } from "../assert.ts";

Deno.test("a hub can join itself, with the well-known identity and with its own", async () => {
  await selfTest(wellKnownIdentity());
  await selfTest(await generateIdentity());
});

Deno.test("a hub joins itself with the fastest cryptography of this system", async () => {
  for (const identity of [wellKnownIdentity(), await generateIdentity()]) {
    await selfTest(identity, openFastCrypto(identity));
  }
});

Deno.test("a hub notices if its key does not match its certificate", async () => {
  const { keyPem } = await generateIdentity();
  const identity = { ...wellKnownIdentity(), keyPem };
  for (const crypto of [undefined, openFastCrypto(identity)]) {
    await assertRejects(
      () => selfTest(identity, crypto),
      Error,
      "The hub cannot be joined, not even by itself: the key does not belong to the certificate.",
    );
  }
});
