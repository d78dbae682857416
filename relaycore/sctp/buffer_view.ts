/**
 * Bytes in the class that werift works with.
 *
 * @module
 */

import { Buffer } from "node:buffer";

/** The same bytes as a `Buffer`: a view, not a copy. */
export function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
