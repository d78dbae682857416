/**
 * Seals and opens DTLS 1.2 records with AES-128-GCM (RFC 5288, RFC 6347 §4.1.2.1). Which numbers
 * records get, and whether one comes twice, is for others to see to.
 *
 * @module
 */

import { createCipheriv, createDecipheriv } from "node:crypto";
import { DTLS_1_2, type DtlsRecord, RECORD_HEADER_LENGTH } from "./record.ts";

/** What one direction needs. */
export interface RecordKeys {
  /** 16 bytes. */
  readonly key: Uint8Array;
  /** The 4 bytes of a nonce that are not sent. */
  readonly salt: Uint8Array;
}

const EXPLICIT_NONCE_LENGTH = 8;
const TAG_LENGTH = 16;
const ADDITIONAL_DATA_LENGTH = 13;

/** Records of epoch 1 in both directions. */
export class RecordCipher {
  readonly #client: RecordKeys;
  readonly #server: RecordKeys;

  constructor(keys: { readonly client: RecordKeys; readonly server: RecordKeys }) {
    this.#client = keys.client;
    this.#server = keys.server;
  }

  /**
   * One record of the hub, header included; the array is the caller's.
   *
   * @param sequenceNumber never the same twice: it is the nonce.
   */
  seal(contentType: number, sequenceNumber: number, payload: Uint8Array): Uint8Array<ArrayBuffer> {
    const { key, salt } = this.#server;
    const length = EXPLICIT_NONCE_LENGTH + payload.length + TAG_LENGTH;
    const record = new Uint8Array(RECORD_HEADER_LENGTH + length);
    const view = new DataView(record.buffer);
    record[0] = contentType;
    view.setUint16(1, DTLS_1_2);
    view.setUint16(3, 1);
    view.setUint16(5, Math.floor(sequenceNumber / 2 ** 32));
    view.setUint32(7, sequenceNumber);
    view.setUint16(11, length);
    // Epoch and number are the explicit nonce as well.
    record.copyWithin(RECORD_HEADER_LENGTH, 3, 11);
    const body = RECORD_HEADER_LENGTH + EXPLICIT_NONCE_LENGTH;
    const cipher = createCipheriv("aes-128-gcm", key, nonce(salt, record.subarray(3, 11)), {
      authTagLength: TAG_LENGTH,
    });
    cipher.setAAD(additionalData(record, payload.length));
    record.set(cipher.update(payload), body);
    cipher.final();
    record.set(cipher.getAuthTag(), body + payload.length);
    return record;
  }

  /**
   * What a record of the guest holds; the array is the caller's.
   *
   * @throws Error if the record was not sealed by the guest.
   */
  open({ bytes, fragment }: Pick<DtlsRecord, "bytes" | "fragment">): Uint8Array {
    const length = fragment.length - EXPLICIT_NONCE_LENGTH - TAG_LENGTH;
    if (length < 0) throw new Error("too short to be sealed");
    const { key, salt } = this.#client;
    const explicit = fragment.subarray(0, EXPLICIT_NONCE_LENGTH);
    const decipher = createDecipheriv("aes-128-gcm", key, nonce(salt, explicit), {
      authTagLength: TAG_LENGTH,
    });
    decipher.setAuthTag(fragment.subarray(EXPLICIT_NONCE_LENGTH + length));
    decipher.setAAD(additionalData(bytes, length));
    const end = EXPLICIT_NONCE_LENGTH + length;
    const payload = decipher.update(fragment.subarray(EXPLICIT_NONCE_LENGTH, end));
    decipher.final();
    return payload;
  }
}

function nonce(salt: Uint8Array, explicit: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(salt.length + EXPLICIT_NONCE_LENGTH);
  bytes.set(salt);
  bytes.set(explicit, salt.length);
  return bytes;
}

/** Epoch, number, type, version and length of the plaintext (RFC 5246 §6.2.3.3). */
function additionalData(record: Uint8Array, length: number): Uint8Array {
  const bytes = new Uint8Array(ADDITIONAL_DATA_LENGTH);
  bytes.set(record.subarray(3, 11));
  bytes.set(record.subarray(0, 3), 8);
  bytes[11] = length >> 8;
  bytes[12] = length;
  return bytes;
}
