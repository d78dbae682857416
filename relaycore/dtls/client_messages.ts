/**
 * The bodies of the handshake messages that a client sends after its ClientHello (RFC 5246 §7.4.6–8,
 * RFC 8422 §5.7).
 *
 * @module
 */

import { AlertDescription, HandshakeError } from "./alert.ts";
import { Reader } from "./reader.ts";
import { CERTIFICATE_SCHEMES } from "./server_messages.ts";

/**
 * Reads a Certificate.
 *
 * @returns whether it contains a certificate. A client without a suitable certificate sends an empty
 *   list (RFC 5246 §7.4.6).
 * @throws {HandshakeError} if it is malformed.
 */
export function hasCertificate(body: Uint8Array): boolean {
  const reader = new Reader(body, "Certificate");
  const list = reader.vector(3);
  reader.end();
  const isEmpty = list.isAtEnd;
  while (!list.isAtEnd) {
    if (list.vector(3).isAtEnd) throw list.malformed();
  }
  return !isEmpty;
}

/**
 * The public key in a ClientKeyExchange.
 *
 * @throws {HandshakeError} if it is malformed.
 */
export function decodeClientKeyExchange(body: Uint8Array): Uint8Array {
  const reader = new Reader(body, "ClientKeyExchange");
  const key = reader.vector(1);
  reader.end();
  if (key.isAtEnd) throw reader.malformed();
  return key.rest();
}

/**
 * Checks that a CertificateVerify has one of the forms that the hub asked for. The signature is not
 * verified; `handshake.ts` says why.
 *
 * @throws {HandshakeError} if it does not.
 */
export function checkCertificateVerify(body: Uint8Array): void {
  const reader = new Reader(body, "CertificateVerify");
  const scheme = reader.number(2);
  const signature = reader.vector(2);
  reader.end();
  if (signature.isAtEnd) throw reader.malformed();
  if (CERTIFICATE_SCHEMES.includes(scheme)) return;
  throw new HandshakeError(AlertDescription.illegalParameter, "a signature that nobody asked for");
}
