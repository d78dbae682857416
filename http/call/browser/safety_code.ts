/**
 * The four symbols of a connection, from the certificates that both ends really used.
 *
 * @module
 */

/// <reference lib="dom" />

import {
  fingerprintOf,
  formatFingerprint,
  safetyInput,
  safetySymbols,
} from "../protocol/safety.ts";
import type { MediaConnection } from "./media_connection.ts";

/**
 * The symbols; undefined where the browser does not report the certificates, and on a page that is
 * not a secure context.
 */
export async function safetyCode(connection: MediaConnection): Promise<string | undefined> {
  const certificate = connection.remoteCertificate();
  const own = fingerprintOf(connection.localSdp);
  const { subtle } = globalThis.crypto;
  if (certificate === undefined || own === undefined || subtle === undefined) return undefined;
  const hash = async (bytes: BufferSource) => new Uint8Array(await subtle.digest("SHA-256", bytes));
  const peer = formatFingerprint(await hash(certificate));
  return safetySymbols(await hash(new TextEncoder().encode(safetyInput(own, peer))));
}
