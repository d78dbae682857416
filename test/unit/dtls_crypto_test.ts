import { createHmac, generateKeyPairSync, verify } from "node:crypto";
import { assert, assertEquals, assertNotEquals, assertThrows } from "../support/assert.ts";
import { type DigestName, nodeDigests, useDigests } from "../../relaycore/digest.ts";
import { Hmac } from "../../relaycore/hmac.ts";
import { openOpensslDigests } from "../../relaycore/dtls/openssl_digests.ts";
import { type AesGcm, nodeAesGcm } from "../../relaycore/dtls/aes_gcm.ts";
import { derSignature } from "../../relaycore/dtls/der_signature.ts";
import { EphemeralKey, GROUPS, type KeyPair } from "../../relaycore/dtls/key_agreement.ts";
import { prf } from "../../relaycore/dtls/key_schedule.ts";
import { RecordCipher } from "../../relaycore/dtls/record_cipher.ts";
import { openOpensslAesGcm } from "../../relaycore/dtls/openssl_aes_gcm.ts";
import { openOpensslP256 } from "../../relaycore/dtls/openssl_p256.ts";
import { Signer } from "../../relaycore/dtls/signer.ts";
import { MAX_SIGNATURES_AT_ONCE } from "../../relaycore/limits.ts";
import { prf as prfByDefinition } from "../support/dtls_client.ts";

const openssl = openOpensslAesGcm();
const IMPLEMENTATIONS: readonly (readonly [string, AesGcm])[] = [
  ["node:crypto", nodeAesGcm],
  ...openssl === undefined ? [] : [["OpenSSL", openssl] as const],
];

Deno.test("a message authentication code is what node:crypto gives, with every implementation", () => {
  const names: DigestName[] = ["sha1", "sha256"];
  try {
    for (const digests of [nodeDigests, openOpensslDigests() ?? nodeDigests]) {
      useDigests(digests);
      for (const name of names) {
        for (const [keyLength, length] of [[0, 0], [20, 3], [64, 128], [65, 129], [200, 5000]]) {
          const key = crypto.getRandomValues(new Uint8Array(keyLength));
          const bytes = crypto.getRandomValues(new Uint8Array(length));
          const hmac = new Hmac(name, key);
          const expected = [...createHmac(name, key).update(bytes).digest()];
          assertEquals([...hmac.of(bytes)], expected);
          assertEquals([...hmac.of(bytes.subarray(0, 2), bytes.subarray(2))], expected);
        }
      }
    }
  } finally {
    useDigests(nodeDigests);
  }
});

Deno.test("the pseudorandom function agrees with the definition of P_SHA256", () => {
  for (const [secretLength, seedLength, length] of [[16, 8, 40], [48, 64, 12], [65, 0, 100]]) {
    const secret = crypto.getRandomValues(new Uint8Array(secretLength));
    const seeds = [crypto.getRandomValues(new Uint8Array(seedLength)), Uint8Array.of(1, 2)];
    assertEquals(
      [...prf(secret, "test label", seeds, length)],
      [...prfByDefinition(secret, "test label", seeds, length)],
    );
  }
});

/** A key of every implementation of P-256 that this system has. */
function p256Keys(): KeyPair[] {
  const openssl = openOpensslP256();
  return [
    new EphemeralKey(GROUPS.secp256r1),
    ...openssl === undefined ? [] : [openssl.createKey()],
  ];
}

Deno.test("two keys agree on one secret, whichever implementation they are of", () => {
  for (const one of p256Keys()) {
    for (const other of p256Keys()) {
      assertEquals([...one.agree(other.publicKey)], [...other.agree(one.publicKey)]);
    }
  }
});

Deno.test({
  name: "a key pair of OpenSSL is another each time, and agrees on nothing when it is forgotten",
  ignore: openOpensslP256() === undefined, // not on this system
}, () => {
  const openssl = openOpensslP256()!;
  const [one, other] = [openssl.createKey(), openssl.createKey()];
  assertNotEquals([...one.publicKey], [...other.publicKey]);
  one.forget();
  assertThrows(() => one.agree(other.publicKey));
  assertEquals(other.agree(one.publicKey).length, 32);
});

Deno.test("an invalid public key, or one of small order, is refused without other effects", () => {
  const x25519 = new EphemeralKey(GROUPS.x25519);
  const points = [0, 3, 255].map((fill) => Uint8Array.of(4, ...new Array(64).fill(fill)));
  for (const key of [...points, new Uint8Array(65), new Uint8Array(), Uint8Array.of(4, 1)]) {
    for (const p256 of p256Keys()) assertThrows(() => p256.agree(key));
  }
  for (const key of [new Uint8Array(32), Uint8Array.of(1, ...new Uint8Array(31))]) {
    assertThrows(() => x25519.agree(key));
  }
  assertThrows(() => x25519.agree(new Uint8Array(31)));
});

for (const [name, gcm] of IMPLEMENTATIONS) {
  Deno.test(`${name}: only the other end can open a sealed record, and only if it is unchanged`, () => {
    const keys = [1, 2].map((n) => ({
      key: new Uint8Array(16).fill(n),
      salt: new Uint8Array(4).fill(n),
    }));
    const hub = new RecordCipher({ client: keys[0], server: keys[1] }, gcm);
    const guest = new RecordCipher({ client: keys[1], server: keys[0] }, gcm);
    const payload = crypto.getRandomValues(new Uint8Array(500));
    const record = hub.seal(23, 2 ** 33 + 5, payload);
    assertEquals([...record.subarray(0, 11)], [23, 254, 253, 0, 1, 0, 2, 0, 0, 0, 5]);
    assertEquals([...guest.open(record)], [...payload]);
    assertThrows(() => hub.open(record));
    for (const index of [0, 4, 10, 13, 30, record.length - 1]) {
      const changed = record.slice();
      changed[index] ^= 1;
      assertThrows(() => guest.open(changed));
    }
    assertThrows(() => guest.open(record.slice(0, 20)));
    assertEquals(guest.open(hub.seal(23, 6, new Uint8Array())).length, 0);
  });

  Deno.test(`${name}: records of one association do not disturb each other`, () => {
    const keys = { key: new Uint8Array(16).fill(1), salt: new Uint8Array(4) };
    const cipher = new RecordCipher({ client: keys, server: keys }, gcm);
    const records = [1, 2, 3].map((n) => cipher.seal(23, n, new Uint8Array(n).fill(n)));
    assertThrows(() => cipher.open(records[0].slice(0, 30)));
    const opened = records.toReversed().map((record) => cipher.open(record));
    assertEquals(opened.map((bytes) => [...bytes]), [[3, 3, 3], [2, 2], [1]]);
  });
}

Deno.test("OpenSSL, where it may be called, seals and opens as node:crypto does", () => {
  if (openssl === undefined) return; // another system, or no permission
  const random = (length: number) => crypto.getRandomValues(new Uint8Array(length));
  const keys = {
    client: { key: random(16), salt: random(4) },
    server: { key: random(16), salt: random(4) },
  };
  const [own, other] = [new RecordCipher(keys, openssl), new RecordCipher(keys)];
  const guest = new RecordCipher({ client: keys.server, server: keys.client });
  for (let length = 0; length < 70; length++) {
    const payload = random(length);
    const sealed = own.seal(23, length, payload);
    assertEquals(sealed, other.seal(23, length, payload));
    assertEquals(own.open(guest.seal(23, length, payload)), payload);
  }
});

Deno.test("OpenSSL reads and writes nothing beyond the arrays that it is given", () => {
  if (openssl === undefined) return; // another system, or no permission
  const [key, nonce, additionalData] = [16, 12, 13].map((length) => new Uint8Array(length));
  const memory = new Uint8Array(new ArrayBuffer(100));
  const seal = (key: Uint8Array, nonce: Uint8Array, room: number, out: number) =>
    openssl.seal(key, nonce, additionalData, new Uint8Array(20), memory.subarray(0, room), out);
  assertThrows(() => seal(key, nonce, 35, 0), RangeError);
  assertThrows(() => seal(key, nonce, 40, 5), RangeError);
  assertThrows(() => seal(key.subarray(1), nonce, 36, 0), RangeError);
  assertThrows(() => seal(key, nonce.subarray(1), 36, 0), RangeError);
  assertThrows(() => openssl.open(key.subarray(1), nonce, additionalData, memory), RangeError);
  assertThrows(() => openssl.open(key, nonce, additionalData, memory.subarray(0, 15)), RangeError);
  assertEquals(memory, new Uint8Array(100));
  seal(key, nonce, 36, 0);
  assertEquals(openssl.open(key, nonce, additionalData, memory.subarray(0, 36)).length, 20);
  assertEquals(memory.subarray(36), new Uint8Array(64));
});

Deno.test({
  name: "without the permission to call native code there is no OpenSSL",
  permissions: { ffi: false },
  fn: () => assertEquals(openOpensslAesGcm(), undefined),
});

Deno.test("a signature in DER has no superfluous zeros and is never negative", () => {
  const raw = new Uint8Array(64);
  raw[31] = 1;
  raw.fill(0x80, 32);
  assertEquals(
    [...derSignature(raw)],
    [0x30, 38, 2, 1, 1, 2, 33, 0, ...new Array(32).fill(0x80)],
  );
  assertEquals([...derSignature(new Uint8Array(64))], [0x30, 6, 2, 1, 0, 2, 1, 0]);
});

const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
const certificate = {
  certPem: "",
  keyPem: privateKey.export({ format: "pem", type: "pkcs8" }) as string,
};

/** Requests signatures over `[0]`, `[1]` …, and waits for those that are wanted. */
async function sign(isWanted: (i: number) => boolean, count: number) {
  const failures: unknown[] = [];
  const signer = new Signer(certificate, (error) => failures.push(error));
  const signatures = new Map<number, Uint8Array>();
  const asked = new Map<number, number>();
  const waiting = [];
  for (let i = 0; i < count; i++) {
    const signed = Promise.withResolvers<void>();
    signer.request({
      bytes: Uint8Array.of(i),
      isWanted: () => {
        asked.set(i, (asked.get(i) ?? 0) + 1);
        return isWanted(i);
      },
      done: (signature) => {
        signatures.set(i, signature);
        signed.resolve();
      },
    });
    if (isWanted(i)) waiting.push(signed.promise);
  }
  await Promise.all(waiting);
  return { signatures, asked, failures };
}

Deno.test("every handshake gets the signature of its own bytes", async () => {
  const { signatures, failures } = await sign(() => true, 3 * MAX_SIGNATURES_AT_ONCE);
  for (const [i, signature] of signatures) {
    assert(verify("sha256", Uint8Array.of(i), publicKey, signature));
  }
  assertEquals([signatures.size, failures.length], [3 * MAX_SIGNATURES_AT_ONCE, 0]);
});

Deno.test("nothing is signed for a handshake that has ended meanwhile", async () => {
  const { signatures, asked } = await sign((i) => i % 2 === 0, 40);
  assertEquals(
    [...signatures.keys()].sort((a, b) => a - b),
    [...Array(20).keys()].map((i) => 2 * i),
  );
  // isWanted() is called once before signing, and again after signing.
  assertEquals(asked.get(39) ?? 1, 1);
  assertEquals(asked.get(38), 2);
});

Deno.test("a signature that is made at once is there when the request returns", async () => {
  const signatures: Uint8Array[] = [];
  const failures: unknown[] = [];
  const signer = new Signer(certificate, (e) => failures.push(e), (bytes) => bytes.slice());
  const request = { bytes: Uint8Array.of(7), isWanted: () => true };
  signer.request({ ...request, done: (signature) => signatures.push(signature) });
  assertEquals(signatures, [Uint8Array.of(7)]);
  signer.request({
    ...request,
    done: () => {
      throw new Error("broken");
    },
  });
  assertEquals(failures.length, 1);

  const broken = new Signer(certificate, (e) => failures.push(e), () => {
    throw new Error("OpenSSL does not sign");
  });
  const signed = Promise.withResolvers<Uint8Array>();
  broken.request({ ...request, done: signed.resolve });
  assert(verify("sha256", request.bytes, publicKey, await signed.promise));
  assertEquals(failures.length, 2);
});

Deno.test("a handshake that throws when it is given its signature does not stop the others", async () => {
  const count = 2 * MAX_SIGNATURES_AT_ONCE;
  let failures = 0;
  const allFailed = Promise.withResolvers<void>(), signed = Promise.withResolvers<void>();
  const signer = new Signer(certificate, () => ++failures === count && allFailed.resolve());
  for (let i = 0; i < count; i++) {
    const done = () => {
      throw new Error("broken");
    };
    signer.request({ bytes: Uint8Array.of(i), isWanted: () => true, done });
  }
  signer.request({ bytes: Uint8Array.of(9), isWanted: () => true, done: () => signed.resolve() });
  await Promise.all([allFailed.promise, signed.promise]);
});
