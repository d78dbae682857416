/**
 * The permanent half of the handshake: ICE credentials and a certificate with its key. This file
 * takes texts and returns a checked identity. It does not know where the texts come from.
 *
 * @module
 */

import { createHash, createPrivateKey, createPublicKey, type KeyObject } from "node:crypto";

/** The identity of a hub: what browsers recognize it by. */
export interface Identity {
  /** ICE username fragment (RFC 8445 §5.3). */
  readonly ufrag: string;
  /** ICE password. */
  readonly pwd: string;
  /** The certificate, one PEM block. */
  readonly certPem: string;
  /** The private key as PKCS#8 PEM, in whatever form it was read. */
  readonly keyPem: string;
  /** SHA-256 of the DER certificate, base64url without padding: `fp` of the blob. */
  readonly fingerprint: string;
}

/** An identity as text, not checked yet. */
export interface IdentityTexts {
  readonly ufrag: string;
  readonly pwd: string;
  readonly certPem: string;
  /** PKCS#8 (`PRIVATE KEY`) or SEC1 (`EC PRIVATE KEY`). */
  readonly keyPem: string;
}

/** The texts are not a valid identity. The message completes "… is damaged: <message>." */
export class IdentityError extends Error {
  override readonly name = "IdentityError";
}

/** The start of a P-256 public key in DER: algorithm and curve (RFC 5480 §2). */
const P256_SPKI_PREFIX = "3059301306072a8648ce3d020106082a8648ce3d030107";

/**
 * Checks the texts and makes an identity of them.
 *
 * @throws {IdentityError} if the credentials do not have the form that ICE requires, if certificate or
 *   key cannot be read or are not P-256, or if they do not belong together.
 */
export function createIdentity(texts: IdentityTexts): Identity {
  const { ufrag, pwd, certPem } = texts;
  // ice-char and the lengths of RFC 8839 §5.4: nothing in it can break a blob.
  if (!/^[A-Za-z0-9+/]{4,256}$/.test(ufrag)) throw new IdentityError("ufrag is not an ICE ufrag");
  if (!/^[A-Za-z0-9+/]{22,256}$/.test(pwd)) throw new IdentityError("pwd is not an ICE password");
  const der = certificateDer(certPem);
  const key = readKey(() => createPrivateKey(texts.keyPem), "keyPem is not a private key");
  const publicKey = spkiHex(
    readKey(() => createPublicKey(certPem), "certPem is not a certificate"),
  );
  if (publicKey !== spkiHex(createPublicKey(key))) {
    throw new IdentityError("certPem and keyPem do not belong together");
  }
  if (!publicKey.startsWith(P256_SPKI_PREFIX)) throw new IdentityError("the key is not P-256");
  return {
    ufrag,
    pwd,
    certPem,
    keyPem: key.export({ format: "pem", type: "pkcs8" }) as string,
    fingerprint: createHash("sha256").update(der).digest("base64url"),
  };
}

/** Encodes DER as PEM, in lines of 64 characters (RFC 7468 §2). */
export function toPem(label: string, der: Uint8Array): string {
  const lines = btoa(String.fromCharCode(...der)).match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join("\n")}\n-----END ${label}-----\n`;
}

function certificateDer(pem: string): Uint8Array {
  const match = /^\s*-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]+)-----END CERTIFICATE-----\s*$/
    .exec(pem);
  if (match === null) throw new IdentityError("certPem is not one PEM certificate");
  try {
    return Uint8Array.from(atob(match[1]), (char) => char.charCodeAt(0));
  } catch {
    throw new IdentityError("certPem is not one PEM certificate");
  }
}

function readKey(read: () => KeyObject, complaint: string): KeyObject {
  try {
    return read();
  } catch {
    throw new IdentityError(complaint);
  }
}

function spkiHex(key: KeyObject): string {
  return (key.export({ format: "der", type: "spki" }) as Uint8Array & {
    toString(e: string): string;
  })
    .toString("hex");
}
