/**
 * Makes the four safety symbols of a connection from the certificates that both ends have used.
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
 * The safety symbols of a connection that is up. Undefined if the browser does not report the
 * certificate of the other side, or if the page is not a secure context.
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
