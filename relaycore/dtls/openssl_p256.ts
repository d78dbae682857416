/**
 * P-256 by the system's OpenSSL, where it may be called: signatures, key pairs and agreement take
 * `node:crypto` eight times as long. An edge.
 *
 * No handshake holds anything of OpenSSL's that would have to be freed: a private key is 32 bytes of
 * the hub's own memory, which are overwritten when they have done their work. OpenSSL holds it only
 * during a call, and clears its copy.
 *
 * @module
 */

import { createPrivateKey, createPublicKey, hash, verify } from "node:crypto";
import { Buffer } from "node:buffer";
import { isEqual } from "../bytes.ts";
import type { DtlsCertificate } from "./credentials.ts";
import { EphemeralKey, GROUPS, type KeyPair, PUBLIC_KEY_LENGTH } from "./key_agreement.ts";
import { openLibcrypto } from "./libcrypto.ts";

const SYMBOLS = {
  EC_KEY_new_by_curve_name: { parameters: ["i32"], result: "pointer" },
  EC_KEY_free: { parameters: ["pointer"], result: "void" },
  EC_KEY_get0_group: { parameters: ["pointer"], result: "pointer" },
  EC_KEY_get0_public_key: { parameters: ["pointer"], result: "pointer" },
  EC_KEY_generate_key: { parameters: ["pointer"], result: "i32" },
  EC_KEY_priv2oct: { parameters: ["pointer", "buffer", "usize"], result: "usize" },
  EC_KEY_oct2priv: { parameters: ["pointer", "buffer", "usize"], result: "i32" },
  EC_POINT_new: { parameters: ["pointer"], result: "pointer" },
  EC_POINT_point2oct: {
    parameters: ["pointer", "pointer", "i32", "buffer", "usize", "pointer"],
    result: "usize",
  },
  EC_POINT_oct2point: {
    parameters: ["pointer", "pointer", "buffer", "usize", "pointer"],
    result: "i32",
  },
  ECDH_compute_key: {
    parameters: ["buffer", "usize", "pointer", "pointer", "pointer"],
    result: "i32",
  },
  ECDSA_sign: {
    parameters: ["i32", "buffer", "i32", "buffer", "buffer", "pointer"],
    result: "i32",
  },
  ERR_clear_error: { parameters: [], result: "void" },
} as const;

type Openssl = Deno.DynamicLibrary<typeof SYMBOLS>["symbols"];
type Bytes = Uint8Array<ArrayBuffer>;

/** NID_X9_62_prime256v1, which is P-256. */
const P256 = 415;
/** POINT_CONVERSION_UNCOMPRESSED. */
const UNCOMPRESSED = 4;
const SCALAR_LENGTH = 32;
const POINT_LENGTH = PUBLIC_KEY_LENGTH[GROUPS.secp256r1];
/** A scalar that overwrites a private key: it is as long as any, because its first byte is not 0. */
const NO_SECRET = Uint8Array.of(1, ...new Uint8Array(SCALAR_LENGTH - 1));
/** A SEQUENCE of two INTEGERs of at most 33 bytes. */
const MAX_SIGNATURE_LENGTH = 72;
/** How many results of OpenSSL are compared with those of `node:crypto` at the start. */
const TRIALS = 2;

/** Opens OpenSSL for P-256; undefined if it cannot be used, or disagrees with `node:crypto`. */
export function openOpensslP256(): OpensslP256 | undefined {
  return openLibcrypto(SYMBOLS, (openssl) => {
    const p256 = new OpensslP256(openssl);
    for (let i = 0; i < TRIALS; i++) if (!agrees(p256)) return undefined;
    return p256;
  });
}

/** P-256 by OpenSSL. It lives as long as the process. */
export class OpensslP256 {
  readonly #openssl: Openssl;
  /** Contains a private key only during a call. */
  readonly #key: Deno.PointerValue;
  readonly #group: Deno.PointerValue;
  readonly #peer: Deno.PointerValue;

  constructor(openssl: Openssl) {
    this.#openssl = openssl;
    this.#key = openssl.EC_KEY_new_by_curve_name(P256);
    if (this.#key === null) throw new Error("no P-256");
    this.#group = openssl.EC_KEY_get0_group(this.#key);
    this.#peer = openssl.EC_POINT_new(this.#group);
    if (this.#peer === null) throw new Error("no memory");
  }

  /** Draws a key pair for one handshake. */
  createKey(): KeyPair {
    const openssl = this.#openssl;
    // With a buffer of its own, because V8 moves small arrays and leaves copies of them.
    const scalar = new Uint8Array(new ArrayBuffer(SCALAR_LENGTH));
    const publicKey = new Uint8Array(POINT_LENGTH);
    const isDone = openssl.EC_KEY_generate_key(this.#key) === 1 &&
      openssl.EC_KEY_priv2oct(this.#key, scalar, BigInt(SCALAR_LENGTH)) === BigInt(SCALAR_LENGTH) &&
      openssl.EC_POINT_point2oct(
          this.#group,
          openssl.EC_KEY_get0_public_key(this.#key),
          UNCOMPRESSED,
          publicKey,
          BigInt(POINT_LENGTH),
          null,
        ) === BigInt(POINT_LENGTH);
    this.#clear();
    if (!isDone) throw new Error("OpenSSL draws no key");
    return {
      publicKey,
      agree: (peer) => this.#agree(scalar, peer),
      forget: () => void scalar.fill(0),
    };
  }

  /**
   * Loads the key of a certificate for signing.
   *
   * @returns a function that signs bytes (ECDSA with SHA-256, in DER); undefined if its signatures do
   *   not match the certificate.
   */
  createSigner(
    { certPem, keyPem }: DtlsCertificate,
  ): ((bytes: Uint8Array) => Uint8Array) | undefined {
    const openssl = this.#openssl;
    const key = openssl.EC_KEY_new_by_curve_name(P256);
    if (key === null) return undefined;
    const signature = new Uint8Array(MAX_SIGNATURE_LENGTH);
    const length = new Uint32Array(1);
    const lengthBytes = new Uint8Array(length.buffer);
    const sign = (bytes: Uint8Array) => {
      const digest = hash("sha256", bytes, "buffer") as Bytes;
      const done = openssl.ECDSA_sign(0, digest, digest.length, signature, lengthBytes, key);
      if (done !== 1) throw new Error("OpenSSL does not sign");
      return signature.slice(0, length[0]);
    };
    try {
      const scalar = Uint8Array.from(
        Buffer.from(createPrivateKey(keyPem).export({ format: "jwk" }).d ?? "", "base64url"),
      );
      const isSet = openssl.EC_KEY_oct2priv(key, scalar, BigInt(scalar.length)) === 1;
      scalar.fill(0);
      const tried = crypto.getRandomValues(new Uint8Array(100));
      if (isSet && verify("sha256", tried, createPublicKey(certPem), sign(tried))) return sign;
    } catch {
      // The other way of signing tells what is wrong with this key.
    }
    openssl.EC_KEY_free(key);
    openssl.ERR_clear_error();
    return undefined;
  }

  #agree(scalar: Bytes, peer: Uint8Array): Uint8Array {
    const openssl = this.#openssl;
    const secret = new Uint8Array(SCALAR_LENGTH);
    const isDone = peer.length === POINT_LENGTH && peer[0] === UNCOMPRESSED &&
      // This finds points that are not on the curve.
      openssl.EC_POINT_oct2point(
          this.#group,
          this.#peer,
          peer as Bytes,
          BigInt(POINT_LENGTH),
          null,
        ) === 1 &&
      openssl.EC_KEY_oct2priv(this.#key, scalar, BigInt(SCALAR_LENGTH)) === 1 &&
      openssl.ECDH_compute_key(secret, BigInt(SCALAR_LENGTH), this.#peer, this.#key, null) ===
        SCALAR_LENGTH;
    this.#clear();
    if (!isDone) throw new Error("not a point of P-256");
    return secret;
  }

  /**
   * Overwrites the private key in OpenSSL, and removes the errors that OpenSSL has queued. To set no
   * key at all does not remove the old one in OpenSSL 3.0.2 (Ubuntu 22.04) and late 1.1.1.
   */
  #clear(): void {
    this.#openssl.EC_KEY_oct2priv(this.#key, NO_SECRET, BigInt(SCALAR_LENGTH));
    this.#openssl.ERR_clear_error();
  }
}

/** Whether it agrees with `node:crypto` on a secret, and refuses a point that is not on the curve. */
function agrees(p256: OpensslP256): boolean {
  const [ours, theirs] = [p256.createKey(), new EphemeralKey(GROUPS.secp256r1)];
  const [secret, expected] = [ours.agree(theirs.publicKey), theirs.agree(ours.publicKey)];
  const wrong = Uint8Array.from(theirs.publicKey);
  wrong[POINT_LENGTH - 1] ^= 1;
  try {
    ours.agree(wrong);
    return false;
  } catch {
    ours.forget();
    return isEqual(secret, expected);
  }
}
