/**
 * The key and certificate of the call page, in a file of their own. An edge: it reads and writes the
 * file.
 *
 * A browser warns about a self-signed certificate, and remembers the guest's choice for this host
 * and certificate. So the certificate stays the same as long as possible: the hub does not make a
 * new one when addresses or names change, or when the file cannot be read. The key belongs to this
 * hub alone. The well-known identity, whose key is public, does not share it.
 *
 * @module
 */

import { createPublicKey, X509Certificate } from "node:crypto";
import { removeLeftovers, writeFileAtomically } from "../relaycore/identity/atomic_file.ts";
import { readSmallFile } from "../relaycore/identity/small_file.ts";
import { CALL_CERTIFICATE } from "../relaycore/limits.ts";
import { reasonOf } from "../relaycore/mod.ts";
import type { TlsKeys } from "./secure_front.ts";

/** Only the owner may read the file, because it contains a private key. */
const MODE = 0o600;

/** There is no certificate. The message says in one or two sentences why, for the user. */
export class CertificateError extends Error {
  override readonly name = "CertificateError";
}

/** Options for {@linkcode loadCertificate}. */
export interface CertificateOptions {
  /** Path of the file. */
  readonly path: string;
  /** Current names and IPv4 addresses of the hub, for a new certificate. */
  readonly hosts: readonly string[];
  /** The time, in milliseconds since 1970. */
  readonly now: number;
  /** Called with a sentence if a new certificate cannot be saved. */
  readonly warn: (sentence: string) => void;
}

/**
 * Reads the certificate. If there is none, or it expires soon, a new one is made.
 *
 * @throws {CertificateError} if the file cannot be read or is damaged. The file is not changed.
 */
export async function loadCertificate(options: CertificateOptions): Promise<TlsKeys> {
  const { path, hosts, now, warn } = options;
  const kept = await read(path);
  if (kept !== undefined && kept.notAfter - now > CALL_CERTIFICATE.renewMs) return kept;
  const { makeCertificate } = await import("./make_certificate.ts");
  const made = await makeCertificate(hosts, now);
  try {
    await writeFileAtomically(path, made.key + made.cert, { mode: MODE, durable: true });
    await removeLeftovers(path);
  } catch (error) {
    warn(
      `The certificate of the call page cannot be saved in ${path} (${reasonOf(error)}), so all ` +
        "guests see the browser's warning again after the next start. The folder has to exist and " +
        "to be writable; or choose another one with --state.",
    );
  }
  return made;
}

async function read(path: string): Promise<TlsKeys & { notAfter: number } | undefined> {
  let bytes: Uint8Array | undefined;
  try {
    bytes = await readSmallFile(path);
  } catch (error) {
    const why = reasonOf(error);
    throw new CertificateError(
      `The call page's certificate ${path} cannot be read (${why}). Make it readable, or move it ` +
        "away: guests then see the browser's warning once more. The file was not changed.",
    );
  }
  if (bytes === undefined) return undefined;
  try {
    const text = new TextDecoder().decode(bytes);
    const key = pemBlock(text, "(?:EC )?PRIVATE KEY");
    // The whole chain, because a user may put a certificate from an authority into the file.
    const cert = text.slice(text.indexOf("-----BEGIN CERTIFICATE-----"));
    const certificate = new X509Certificate(pemBlock(cert, "CERTIFICATE"));
    // Deno 2.6, which runs the executables, has no checkPrivateKey.
    const [own, certified] = [createPublicKey(key), certificate.publicKey].map((each) =>
      each.export({ type: "spki", format: "pem" })
    );
    if (own !== certified) throw new Error("the key of another certificate");
    return { key, cert, notAfter: Date.parse(certificate.validTo) };
  } catch {
    throw new CertificateError(
      `The call page's certificate ${path} is damaged: it is not a private key and its certificate ` +
        "in PEM. Put back a copy of it, or move it away: guests then see the browser's warning once " +
        "more. The file was not changed.",
    );
  }
}

function pemBlock(text: string, label: string): string {
  const match = new RegExp(`-----BEGIN (${label})-----[A-Za-z0-9+/=\\s]+-----END \\1-----\n?`)
    .exec(text);
  if (match === null) throw new Error(`no ${label}`);
  return match[0];
}
