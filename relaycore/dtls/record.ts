/**
 * The DTLS 1.2 record layer and handshake framing, as far as they are readable without a key
 * (RFC 6347 §4.1, §4.2.2). What needs a key is in `record_cipher.ts`.
 *
 * @module
 */

/** Record content types (RFC 5246 §6.2.1). */
export const ContentType = {
  changeCipherSpec: 20,
  alert: 21,
  handshake: 22,
  applicationData: 23,
} as const;

/** Handshake message types (RFC 5246 §7.4). */
export const HandshakeType = {
  clientHello: 1,
  serverHello: 2,
  certificate: 11,
  serverKeyExchange: 12,
  certificateRequest: 13,
  serverHelloDone: 14,
  certificateVerify: 15,
  clientKeyExchange: 16,
  finished: 20,
} as const;

/** DTLS 1.2 on the wire. */
export const DTLS_1_2 = 0xfefd;

/** Bytes of a record header. */
export const RECORD_HEADER_LENGTH = 13;

/** Bytes of a handshake header. */
export const HANDSHAKE_HEADER_LENGTH = 12;

/** One record. Byte arrays are views into the datagram. */
export interface DtlsRecord {
  readonly contentType: number;
  readonly epoch: number;
  /** 48 bits, exact in a double. */
  readonly sequenceNumber: number;
  readonly fragment: Uint8Array;
  /** Header and fragment. */
  readonly bytes: Uint8Array;
}

/** One fragment of a handshake message; often the whole of it. */
export interface HandshakeFragment {
  readonly type: number;
  /** Length of the whole message's body. */
  readonly length: number;
  readonly messageSeq: number;
  readonly fragmentOffset: number;
  /** The part of the body in this fragment. */
  readonly body: Uint8Array;
}

/** The records of a datagram, up to the first that is not whole or not DTLS. */
export function decodeRecords(datagram: Uint8Array): DtlsRecord[] {
  const records: DtlsRecord[] = [];
  const view = new DataView(datagram.buffer, datagram.byteOffset, datagram.byteLength);
  let offset = 0;
  while (offset + RECORD_HEADER_LENGTH <= datagram.length) {
    const end = offset + RECORD_HEADER_LENGTH + view.getUint16(offset + 11);
    // Major version 254 means any of DTLS 1.0–1.3; a first ClientHello may have 1.0 here.
    if (end > datagram.length || datagram[offset + 1] !== 0xfe) break;
    records.push({
      contentType: datagram[offset],
      epoch: view.getUint16(offset + 3),
      sequenceNumber: view.getUint16(offset + 5) * 2 ** 32 + view.getUint32(offset + 7),
      fragment: datagram.subarray(offset + RECORD_HEADER_LENGTH, end),
      bytes: datagram.subarray(offset, end),
    });
    offset = end;
  }
  return records;
}

/** The handshake fragments in a plaintext handshake record; undefined if any of them is malformed. */
export function decodeHandshakeFragments(fragment: Uint8Array): HandshakeFragment[] | undefined {
  const fragments: HandshakeFragment[] = [];
  let offset = 0;
  while (offset < fragment.length) {
    const start = offset + HANDSHAKE_HEADER_LENGTH;
    if (start > fragment.length) return undefined;
    const length = uint24(fragment, offset + 1);
    const fragmentOffset = uint24(fragment, offset + 6);
    const end = start + uint24(fragment, offset + 9);
    if (end > fragment.length || fragmentOffset + (end - start) > length) return undefined;
    fragments.push({
      type: fragment[offset],
      length,
      messageSeq: fragment[offset + 4] << 8 | fragment[offset + 5],
      fragmentOffset,
      body: fragment.subarray(start, end),
    });
    offset = end;
  }
  return fragments;
}

/** A handshake message in one fragment: header and body. */
export function encodeHandshakeMessage(
  { type, messageSeq, body }: {
    readonly type: number;
    readonly messageSeq: number;
    readonly body: Uint8Array;
  },
): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(HANDSHAKE_HEADER_LENGTH + body.length);
  bytes[0] = type;
  setUint24(bytes, 1, body.length);
  bytes[4] = messageSeq >> 8;
  bytes[5] = messageSeq;
  setUint24(bytes, 9, body.length);
  bytes.set(body, HANDSHAKE_HEADER_LENGTH);
  return bytes;
}

/** A record of epoch 0, number 0, that carries one whole handshake message. */
export function encodeHandshakeRecord(
  message: { readonly type: number; readonly messageSeq: number; readonly body: Uint8Array },
): Uint8Array<ArrayBuffer> {
  return encodePlaintextRecord(ContentType.handshake, 0, encodeHandshakeMessage(message));
}

/** A plaintext record (epoch 0) with the given number. */
export function encodePlaintextRecord(
  contentType: number,
  sequenceNumber: number,
  fragment: Uint8Array,
): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(RECORD_HEADER_LENGTH + fragment.length);
  const view = new DataView(bytes.buffer);
  bytes[0] = contentType;
  view.setUint16(1, DTLS_1_2);
  view.setUint32(7, sequenceNumber);
  view.setUint16(11, fragment.length);
  bytes.set(fragment, RECORD_HEADER_LENGTH);
  return bytes;
}

function uint24(bytes: Uint8Array, offset: number): number {
  return bytes[offset] << 16 | bytes[offset + 1] << 8 | bytes[offset + 2];
}

function setUint24(bytes: Uint8Array, offset: number, value: number): void {
  bytes[offset] = value >>> 16;
  bytes[offset + 1] = value >>> 8;
  bytes[offset + 2] = value;
}
