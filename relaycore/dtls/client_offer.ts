/**
 * What a ClientHello offers, checked as the RFCs say: RFC 5246 §7.4.1.2–7.4.1.4 and appendix E.1,
 * RFC 8422 §5.1, RFC 5764 §4.1.1, RFC 7627 §5.1, RFC 5746 §3.6. `negotiation.ts` chooses from the
 * offer, and `client_hello.ts` reads the part up to the cookie.
 *
 * @module
 */

import { AlertDescription, HandshakeError } from "./alert.ts";
import { Reader } from "./reader.ts";

/** A client's offer. Lists are in its order of preference. */
export interface ClientOffer {
  /** 32 bytes; a view into the message. */
  readonly random: Uint8Array;
  /** Highest version of DTLS that the client speaks, as on the wire: smaller numbers are newer. */
  readonly version: number;
  readonly cipherSuites: readonly number[];
  /** undefined if the extension is missing: then the client supports all of them. */
  readonly groups: readonly number[] | undefined;
  /** undefined if the extension is missing: then the client supports SHA-1 only. */
  readonly signatureSchemes: readonly number[] | undefined;
  readonly srtpProfiles: readonly number[];
  readonly extendedMasterSecret: boolean;
  readonly secureRenegotiation: boolean;
}

/** Extension types. */
export const Extension = {
  supportedGroups: 10,
  ecPointFormats: 11,
  signatureAlgorithms: 13,
  useSrtp: 14,
  extendedMasterSecret: 23,
  renegotiationInfo: 0xff01,
} as const;

const RANDOM_LENGTH = 32;
const MAX_SESSION_ID_LENGTH = 32;
const NULL_COMPRESSION = 0;
const UNCOMPRESSED_POINTS = 0;

/** A value among the cipher suites that means an empty renegotiation_info (RFC 5746 §3.3). */
const EMPTY_RENEGOTIATION_INFO_SCSV = 0x00ff;

/**
 * Reads the offer in a whole ClientHello.
 *
 * @param body without the handshake header.
 * @throws {HandshakeError} if it is malformed, or contains something that the RFCs forbid.
 */
export function decodeClientOffer(body: Uint8Array): ClientOffer {
  const reader = new Reader(body, "ClientHello");
  const version = reader.number(2);
  const random = reader.bytes(RANDOM_LENGTH);
  const sessionId = reader.vector(1).rest(); // sessions are not resumed
  if (sessionId.length > MAX_SESSION_ID_LENGTH) throw reader.malformed();
  reader.vector(1); // cookie: verified already
  const cipherSuites = reader.vector(2).numbers(2);
  if (!reader.vector(1).numbers(1).includes(NULL_COMPRESSION)) {
    throw illegal("compression without null");
  }
  const extensions = decodeExtensions(reader);
  const list = (type: number) => {
    const extension = extensions.get(type);
    const numbers = extension?.vector(2).numbers(2);
    extension?.end();
    return numbers;
  };
  checkPointFormats(extensions.get(Extension.ecPointFormats));
  checkRenegotiationInfo(extensions.get(Extension.renegotiationInfo));
  extensions.get(Extension.extendedMasterSecret)?.end();
  return {
    random,
    version,
    cipherSuites,
    groups: list(Extension.supportedGroups),
    signatureSchemes: list(Extension.signatureAlgorithms),
    srtpProfiles: decodeSrtpProfiles(extensions.get(Extension.useSrtp)),
    extendedMasterSecret: extensions.has(Extension.extendedMasterSecret),
    secureRenegotiation: extensions.has(Extension.renegotiationInfo) ||
      cipherSuites.includes(EMPTY_RENEGOTIATION_INFO_SCSV),
  };
}

function decodeExtensions(reader: Reader): Map<number, Reader> {
  const extensions = new Map<number, Reader>();
  if (reader.isAtEnd) return extensions;
  const all = reader.vector(2);
  reader.end();
  while (!all.isAtEnd) {
    const type = all.number(2);
    if (extensions.has(type)) throw illegal(`extension ${type} twice`);
    extensions.set(type, all.vector(2));
  }
  return extensions;
}

/** RFC 8422 §5.1.2: a client that sends this extension has to support at least uncompressed points. */
function checkPointFormats(extension: Reader | undefined): void {
  if (extension === undefined) return;
  if (!extension.vector(1).numbers(1).includes(UNCOMPRESSED_POINTS)) {
    throw illegal("point formats without uncompressed");
  }
  extension.end();
}

/** RFC 5746 §3.6: in a first handshake there is no earlier one that could be named. */
function checkRenegotiationInfo(extension: Reader | undefined): void {
  if (extension === undefined) return;
  const verifyData = extension.vector(1);
  extension.end();
  if (verifyData.isAtEnd) return;
  throw new HandshakeError(AlertDescription.handshakeFailure, "renegotiation of nothing");
}

/** RFC 5764 §4.1.1: profiles, and a key identifier that the hub ignores. */
function decodeSrtpProfiles(extension: Reader | undefined): number[] {
  if (extension === undefined) return [];
  const profiles = extension.vector(2).numbers(2);
  extension.vector(1);
  extension.end();
  return profiles;
}

function illegal(message: string): HandshakeError {
  return new HandshakeError(AlertDescription.illegalParameter, message);
}
