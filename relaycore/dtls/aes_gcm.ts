/**
 * AES-128-GCM, as the record layer uses it (RFC 5288): with a nonce of 12 bytes and a tag of 16. The
 * implementation here works on every system; `openssl_aes_gcm.ts` has a faster one.
 *
 * @module
 */

import { createCipheriv, createDecipheriv } from "node:crypto";

/** Bytes of a tag. */
export const TAG_LENGTH = 16;

/** An implementation of AES-128-GCM. It keeps no state between calls. */
export interface AesGcm {
  /**
   * Encrypts.
   *
   * @param out where the ciphertext begins in `sealed`; the tag follows it. `sealed` must have room
   *   for both.
   */
  seal(
    key: Uint8Array,
    nonce: Uint8Array,
    additionalData: Uint8Array,
    plaintext: Uint8Array,
    sealed: Uint8Array,
    out: number,
  ): void;
  /**
   * Decrypts.
   *
   * @param sealed ciphertext and tag.
   * @returns the plaintext, which the caller may keep.
   * @throws {Error} if the tag is wrong.
   */
  open(
    key: Uint8Array,
    nonce: Uint8Array,
    additionalData: Uint8Array,
    sealed: Uint8Array,
  ): Uint8Array;
}

const ALGORITHM = "aes-128-gcm";
const OPTIONS = { authTagLength: TAG_LENGTH };

/** AES-128-GCM by `node:crypto`. */
export const nodeAesGcm: AesGcm = {
  seal(key, nonce, additionalData, plaintext, sealed, out) {
    const cipher = createCipheriv(ALGORITHM, key, nonce, OPTIONS);
    cipher.setAAD(additionalData);
    sealed.set(cipher.update(plaintext), out);
    cipher.final();
    sealed.set(cipher.getAuthTag(), out + plaintext.length);
  },
  open(key, nonce, additionalData, sealed) {
    const end = sealed.length - TAG_LENGTH;
    const decipher = createDecipheriv(ALGORITHM, key, nonce, OPTIONS);
    decipher.setAuthTag(sealed.subarray(end));
    decipher.setAAD(additionalData);
    const plaintext = decipher.update(sealed.subarray(0, end));
    decipher.final();
    return plaintext;
  },
};
