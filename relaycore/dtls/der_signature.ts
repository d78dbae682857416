/**
 * ECDSA signatures in the encoding of TLS (RFC 8422 §5.4): a DER SEQUENCE of two INTEGERs (RFC 3279
 * §2.2.3).
 *
 * @module
 */

const INTEGER = 0x02;
const SEQUENCE = 0x30;

/**
 * Writes a signature over P-256 in DER.
 *
 * @param raw r and s, 32 bytes each, as Web Cryptography gives them.
 */
export function derSignature(raw: Uint8Array): Uint8Array {
  const half = raw.length / 2;
  const integers = [...integer(raw.subarray(0, half)), ...integer(raw.subarray(half))];
  return Uint8Array.of(SEQUENCE, integers.length, ...integers);
}

/** Encodes a positive INTEGER: no leading zeros, except one if the number would look negative. */
function integer(bytes: Uint8Array): number[] {
  let start = 0;
  while (start < bytes.length - 1 && bytes[start] === 0) start++;
  const digits = [...bytes.subarray(start)];
  if (digits[0] >= 0x80) digits.unshift(0);
  return [INTEGER, digits.length, ...digits];
}
