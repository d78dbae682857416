/**
 * The bodies of the handshake messages that a DTLS 1.2 server sends (RFC 5246 §7.4, RFC 8422 §5.4).
 *
 * @module
 */

import { Extension } from "./client_offer.ts";
import { type Choice, CIPHER_SUITE, SIGNATURE_SCHEME } from "./negotiation.ts";
import { DTLS_1_2 } from "./record.ts";

/** Types of certificate that a guest may send: ECDSA and RSA. */
const CERTIFICATE_TYPES = [64, 1];

/**
 * Schemes that a guest may sign with: ECDSA over P-256, RSA with SHA-256 in both forms, ECDSA over
 * P-384, Ed25519 (RFC 8446 §4.2.3, RFC 8422 §5.1.3). Some clients abort if their scheme is not in
 * this list.
 */
export const CERTIFICATE_SCHEMES: readonly number[] = [0x0403, 0x0401, 0x0804, 0x0503, 0x0807];

const NAMED_CURVE = 3;

/** RFC 5246 §7.4.1.3. The session id is empty: sessions are not resumed. */
export function serverHello(random: Uint8Array, choice: Choice): Uint8Array {
  const extensions: number[][] = [];
  const extension = (type: number, ...data: number[]) =>
    extensions.push([...uint16(type), ...uint16(data.length), ...data]);
  if (choice.srtpProfile !== undefined) {
    extension(Extension.useSrtp, 0, 2, ...uint16(choice.srtpProfile), 0);
  }
  if (choice.extendedMasterSecret) extension(Extension.extendedMasterSecret);
  if (choice.secureRenegotiation) extension(Extension.renegotiationInfo, 0);
  const all = extensions.flat();
  const head = [...uint16(DTLS_1_2), ...random, 0, ...uint16(CIPHER_SUITE), 0];
  return Uint8Array.from(all.length === 0 ? head : [...head, ...uint16(all.length), ...all]);
}

/** RFC 5246 §7.4.2: one certificate, DER. */
export function certificateMessage(der: Uint8Array): Uint8Array {
  const body = new Uint8Array(6 + der.length);
  body.set([...uint24(3 + der.length), ...uint24(der.length)]);
  body.set(der, 6);
  return body;
}

/** The group and key of RFC 8422 §5.4. They are signed, after the two randoms. */
export function keyExchangeParameters(group: number, publicKey: Uint8Array): Uint8Array {
  return Uint8Array.of(NAMED_CURVE, ...uint16(group), publicKey.length, ...publicKey);
}

/** RFC 8422 §5.4. */
export function serverKeyExchange(parameters: Uint8Array, signature: Uint8Array): Uint8Array {
  return Uint8Array.of(
    ...parameters,
    ...uint16(SIGNATURE_SCHEME),
    ...uint16(signature.length),
    ...signature,
  );
}

function uint16(value: number): number[] {
  return [value >> 8, value & 255];
}

function uint24(value: number): number[] {
  return [value >> 16 & 255, value >> 8 & 255, value & 255];
}

/**
 * A CertificateRequest (RFC 5246 §7.4.4). It names no authorities: guests sign their certificates
 * themselves.
 */
export const CERTIFICATE_REQUEST: Uint8Array = Uint8Array.of(
  CERTIFICATE_TYPES.length,
  ...CERTIFICATE_TYPES,
  ...uint16(2 * CERTIFICATE_SCHEMES.length),
  ...CERTIFICATE_SCHEMES.flatMap(uint16),
  0,
  0,
);
