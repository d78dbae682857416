/**
 * Seals and opens DTLS 1.2 records with AES-128-GCM (RFC 5288, RFC 6347 §4.1.2.1). The caller
 * numbers the records and rejects replayed ones.
 *
 * Every datagram of a guest passes through here, so only the result is allocated. Nonce and
 * additional data are written into the same few bytes each time.
 *
 * @module
 */

import { type AesGcm, nodeAesGcm, TAG_LENGTH } from "./aes_gcm.ts";
import { DTLS_1_2, RECORD_HEADER_LENGTH } from "./record.ts";

/** The keys of one direction. */
export interface RecordKeys {
  /** 16 bytes. */
  readonly key: Uint8Array;
  /** The 4 bytes of a nonce that are not sent. */
  readonly salt: Uint8Array;
}

const SALT_LENGTH = 4;
const EXPLICIT_NONCE_LENGTH = 8;
const ADDITIONAL_DATA_LENGTH = 13;

/** Where the sealed bytes begin in a record. */
const BODY_OFFSET = RECORD_HEADER_LENGTH + EXPLICIT_NONCE_LENGTH;

/** Records of epoch 1 in both directions. */
export class RecordCipher {
  readonly #client: Direction;
  readonly #server: Direction;
  readonly #gcm: AesGcm;

  constructor(
    keys: { readonly client: RecordKeys; readonly server: RecordKeys },
    gcm: AesGcm = nodeAesGcm,
  ) {
    this.#gcm = gcm;
    this.#client = new Direction(keys.client);
    this.#server = new Direction(keys.server);
  }

  /**
   * Seals one record of the hub. The result includes the header, and the caller may keep it.
   *
   * @param sequenceNumber must never repeat: it is the nonce.
   */
  seal(contentType: number, sequenceNumber: number, payload: Uint8Array): Uint8Array<ArrayBuffer> {
    const record = new Uint8Array(BODY_OFFSET + payload.length + TAG_LENGTH);
    record[0] = contentType;
    record[1] = DTLS_1_2 >> 8;
    record[2] = DTLS_1_2 & 255;
    record[4] = 1; // epoch
    writeUint48(record, 5, sequenceNumber);
    const length = record.length - RECORD_HEADER_LENGTH;
    record[11] = length >> 8;
    record[12] = length;
    // Epoch and number are the explicit nonce as well.
    record.copyWithin(RECORD_HEADER_LENGTH, 3, 11);
    const { key, nonce, additionalData } = this.#server.prepared(record, payload.length);
    this.#gcm.seal(key, nonce, additionalData, payload, record, BODY_OFFSET);
    return record;
  }

  /**
   * Opens a record of the guest and returns its content, which the caller may keep.
   *
   * @param record header and body.
   * @throws Error if the record was not sealed by the guest.
   */
  open(record: Uint8Array): Uint8Array {
    const end = record.length - TAG_LENGTH;
    if (end < BODY_OFFSET) throw new Error("too short to be sealed");
    const { key, nonce, additionalData } = this.#client.prepared(record, end - BODY_OFFSET);
    return this.#gcm.open(key, nonce, additionalData, record.subarray(BODY_OFFSET));
  }
}

/** The key of one direction, with the nonce and additional data of the current record. */
class Direction {
  readonly key: Uint8Array;
  readonly nonce = new Uint8Array(SALT_LENGTH + EXPLICIT_NONCE_LENGTH);
  readonly additionalData = new Uint8Array(ADDITIONAL_DATA_LENGTH);

  constructor({ key, salt }: RecordKeys) {
    this.key = key;
    this.nonce.set(salt);
  }

  /** Sets nonce and additional data for a record; they are valid until the next call. */
  prepared(record: Uint8Array, length: number): this {
    const { nonce, additionalData } = this;
    for (let i = 0; i < EXPLICIT_NONCE_LENGTH; i++) {
      nonce[SALT_LENGTH + i] = record[RECORD_HEADER_LENGTH + i];
      // Epoch, number, type, version and length of the plaintext (RFC 5246 §6.2.3.3).
      additionalData[i] = record[3 + i];
    }
    additionalData[8] = record[0];
    additionalData[9] = record[1];
    additionalData[10] = record[2];
    additionalData[11] = length >> 8;
    additionalData[12] = length;
    return this;
  }
}

function writeUint48(bytes: Uint8Array, offset: number, value: number): void {
  const high = Math.floor(value / 2 ** 32);
  bytes[offset] = high >> 8;
  bytes[offset + 1] = high;
  bytes[offset + 2] = value >>> 24;
  bytes[offset + 3] = value >>> 16;
  bytes[offset + 4] = value >>> 8;
  bytes[offset + 5] = value;
}
