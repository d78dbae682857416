/**
 * AES-128-GCM by the system's OpenSSL, where it may be called: `node:crypto` takes four times as long
 * for a record of a few hundred bytes, and spends little of it on encryption. An edge.
 *
 * Two contexts serve all guests. Each call sets key and nonce again, which costs little. So a
 * guest holds no native memory that would have to be freed.
 *
 * @module
 */

import { isEqual } from "../bytes.ts";
import { type AesGcm, nodeAesGcm, TAG_LENGTH } from "./aes_gcm.ts";
import { openLibcrypto } from "./libcrypto.ts";

const SYMBOLS = {
  EVP_aes_128_gcm: { parameters: [], result: "pointer" },
  EVP_CIPHER_CTX_new: { parameters: [], result: "pointer" },
  EVP_CIPHER_CTX_free: { parameters: ["pointer"], result: "void" },
  EVP_CIPHER_CTX_ctrl: { parameters: ["pointer", "i32", "i32", "buffer"], result: "i32" },
  EVP_EncryptInit_ex: {
    parameters: ["pointer", "pointer", "pointer", "buffer", "buffer"],
    result: "i32",
  },
  EVP_EncryptUpdate: {
    parameters: ["pointer", "buffer", "buffer", "buffer", "i32"],
    result: "i32",
  },
  EVP_EncryptFinal_ex: { parameters: ["pointer", "buffer", "buffer"], result: "i32" },
  EVP_DecryptInit_ex: {
    parameters: ["pointer", "pointer", "pointer", "buffer", "buffer"],
    result: "i32",
  },
  EVP_DecryptUpdate: {
    parameters: ["pointer", "buffer", "buffer", "buffer", "i32"],
    result: "i32",
  },
  EVP_DecryptFinal_ex: { parameters: ["pointer", "buffer", "buffer"], result: "i32" },
} as const;

const KEY_LENGTH = 16;
const NONCE_LENGTH = 12;

const EVP_CTRL_AEAD_GET_TAG = 0x10;
const EVP_CTRL_AEAD_SET_TAG = 0x11;

type Bytes = Uint8Array<ArrayBuffer>;

/** Opens OpenSSL for AES-GCM; undefined if it cannot be used, or disagrees with `node:crypto`. */
export function openOpensslAesGcm(): AesGcm | undefined {
  return openLibcrypto(SYMBOLS, (openssl) => {
    const gcm = new OpensslAesGcm(openssl);
    if (isRight(gcm)) return gcm;
    gcm.free();
  });
}

class OpensslAesGcm implements AesGcm {
  readonly #openssl: Deno.DynamicLibrary<typeof SYMBOLS>["symbols"];
  readonly #encryption: Deno.PointerValue;
  readonly #decryption: Deno.PointerValue;
  /** OpenSSL writes output lengths here. They are not read, because they are known. */
  readonly #length = new Uint8Array(4);
  readonly #tag = new Uint8Array(TAG_LENGTH);

  constructor(openssl: Deno.DynamicLibrary<typeof SYMBOLS>["symbols"]) {
    this.#openssl = openssl;
    const algorithm = openssl.EVP_aes_128_gcm();
    this.#encryption = openssl.EVP_CIPHER_CTX_new();
    this.#decryption = openssl.EVP_CIPHER_CTX_new();
    if (this.#encryption === null || this.#decryption === null) throw new Error("no memory");
    const isReady = openssl.EVP_EncryptInit_ex(this.#encryption, algorithm, null, null, null) &
      openssl.EVP_DecryptInit_ex(this.#decryption, algorithm, null, null, null);
    if (isReady !== 1) {
      this.free();
      throw new Error("no AES-128-GCM");
    }
  }

  seal(
    key: Uint8Array,
    nonce: Uint8Array,
    additionalData: Uint8Array,
    plaintext: Uint8Array,
    sealed: Uint8Array,
    out: number,
  ): void {
    const openssl = this.#openssl;
    const context = this.#encryption;
    const length = this.#length;
    const { byteLength } = plaintext;
    checkLengths(key, nonce, sealed.length - out, byteLength + TAG_LENGTH);
    const isDone =
      openssl.EVP_EncryptInit_ex(context, null, null, key as Bytes, nonce as Bytes) === 1 &&
      openssl.EVP_EncryptUpdate(
          context,
          null,
          length,
          additionalData as Bytes,
          additionalData.byteLength,
        ) === 1 &&
      openssl.EVP_EncryptUpdate(
          context,
          sealed.subarray(out, out + byteLength) as Bytes,
          length,
          plaintext as Bytes,
          byteLength,
        ) === 1 &&
      openssl.EVP_EncryptFinal_ex(context, length, length) === 1 &&
      openssl.EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, TAG_LENGTH, this.#tag) === 1;
    if (!isDone) throw new Error("OpenSSL does not encrypt");
    sealed.set(this.#tag, out + byteLength);
  }

  open(
    key: Uint8Array,
    nonce: Uint8Array,
    additionalData: Uint8Array,
    sealed: Uint8Array,
  ): Uint8Array {
    const openssl = this.#openssl;
    const context = this.#decryption;
    const length = this.#length;
    const end = sealed.length - TAG_LENGTH;
    checkLengths(key, nonce, sealed.length, TAG_LENGTH);
    for (let i = 0; i < TAG_LENGTH; i++) this.#tag[i] = sealed[end + i];
    const plaintext = new Uint8Array(end);
    const isRight =
      openssl.EVP_DecryptInit_ex(context, null, null, key as Bytes, nonce as Bytes) === 1 &&
      openssl.EVP_DecryptUpdate(
          context,
          null,
          length,
          additionalData as Bytes,
          additionalData.byteLength,
        ) === 1 &&
      openssl.EVP_DecryptUpdate(context, plaintext, length, sealed as Bytes, end) === 1 &&
      openssl.EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, TAG_LENGTH, this.#tag) === 1 &&
      openssl.EVP_DecryptFinal_ex(context, length, length) === 1;
    if (!isRight) throw new Error("wrong tag");
    return plaintext;
  }

  free(): void {
    this.#openssl.EVP_CIPHER_CTX_free(this.#encryption);
    this.#openssl.EVP_CIPHER_CTX_free(this.#decryption);
  }
}

/**
 * Throws if OpenSSL would read or write beyond an array. It gets only the addresses of most arrays,
 * and relies on the caller for their lengths.
 */
function checkLengths(key: Uint8Array, nonce: Uint8Array, room: number, needed: number): void {
  if (key.length !== KEY_LENGTH || nonce.length !== NONCE_LENGTH || room < needed) {
    throw new RangeError("an array of the wrong length");
  }
}

/** Lengths to test: around a block, and typical records. */
const TRIED_LENGTHS = [0, 1, 15, 16, 17, 250, 1188];

/** Whether an implementation agrees with `node:crypto`, and rejects a changed record. */
function isRight(gcm: AesGcm): boolean {
  return TRIED_LENGTHS.every((length) => {
    const [key, nonce, additionalData, plaintext] = [KEY_LENGTH, NONCE_LENGTH, 13, length].map(
      (size) => crypto.getRandomValues(new Uint8Array(size)),
    );
    const [sealed, expected] = [gcm, nodeAesGcm].map((each) => {
      const bytes = new Uint8Array(length + TAG_LENGTH);
      each.seal(key, nonce, additionalData, plaintext, bytes, 0);
      return bytes;
    });
    if (!isEqual(sealed, expected)) return false;
    if (!isEqual(gcm.open(key, nonce, additionalData, sealed), plaintext)) return false;
    sealed[length >> 1] ^= 1;
    try {
      gcm.open(key, nonce, additionalData, sealed);
      return false;
    } catch {
      return true;
    }
  });
}
