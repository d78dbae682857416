/**
 * Chooses the parameters of a handshake from a client's offer (RFC 5246 §7.4.1.3, RFC
 * 8422 §4 and §5.1, RFC 5764 §4.1.1).
 *
 * @module
 */

import { AlertDescription, HandshakeError } from "./alert.ts";
import type { ClientOffer } from "./client_offer.ts";
import { type Group, GROUPS } from "./key_agreement.ts";
import { DTLS_1_2 } from "./record.ts";

/**
 * TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256 (RFC 5289): all browsers support it, so the hub needs no
 * other.
 */
export const CIPHER_SUITE = 0xc02b;

/** ecdsa_secp256r1_sha256: the hub's certificate is P-256. */
export const SIGNATURE_SCHEME = 0x0403;

/** SRTP profiles (RFC 7714 §14.2, RFC 5764 §4.1.2): browsers end the handshake if none is chosen. */
const SRTP_PROFILES = [7, 1];

/** The parameters that the hub has chosen. */
export interface Choice {
  readonly group: Group;
  readonly srtpProfile: number | undefined;
  readonly extendedMasterSecret: boolean;
  readonly secureRenegotiation: boolean;
}

/**
 * Chooses the parameters.
 *
 * @throws {HandshakeError} if there is nothing that both ends support.
 */
export function negotiate(offer: ClientOffer): Choice {
  // Version numbers of DTLS count downwards. A client that supports 1.3 sends 1.2 here.
  if (offer.version > DTLS_1_2) {
    throw new HandshakeError(AlertDescription.protocolVersion, "no version of DTLS in common");
  }
  if (!offer.cipherSuites.includes(CIPHER_SUITE)) throw failure("no cipher suite in common");
  // Without the extension the client supports SHA-1 only (RFC 5246 §7.4.1.4.1), and the hub does not.
  if (!offer.signatureSchemes?.includes(SIGNATURE_SCHEME)) {
    throw failure("no signature scheme in common");
  }
  return {
    group: chooseGroup(offer.groups),
    srtpProfile: SRTP_PROFILES.find((profile) => offer.srtpProfiles.includes(profile)),
    extendedMasterSecret: offer.extendedMasterSecret,
    secureRenegotiation: offer.secureRenegotiation,
  };
}

/** X25519 if the client offers it: it costs a third of P-256. */
function chooseGroup(groups: readonly number[] | undefined): Group {
  // A client that sends no groups supports all of them (RFC 8422 §4). Such clients are older than
  // X25519.
  if (groups === undefined) return GROUPS.secp256r1;
  // The group of the certificate has to be one of the client's too (RFC 8422 §5.1).
  if (!groups.includes(GROUPS.secp256r1)) throw failure("no P-256, the group of the certificate");
  return groups.includes(GROUPS.x25519) ? GROUPS.x25519 : GROUPS.secp256r1;
}

function failure(message: string): HandshakeError {
  return new HandshakeError(AlertDescription.handshakeFailure, message);
}
