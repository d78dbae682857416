/**
 * Tells apart what arrives on the hub's one port by its first byte (RFC 7983 §7).
 *
 * @module
 */

import { looksLikeStun } from "./stun/message.ts";

/** What a datagram is, as far as its first bytes say. */
export type DatagramKind = "stun" | "dtls" | "other";

/** Sorts a datagram: STUN begins with 0–3 and has the magic cookie, DTLS begins with 20–63. */
export function kindOf(datagram: Uint8Array): DatagramKind {
  if (datagram.length === 0) return "other";
  const first = datagram[0];
  if (first >= 20 && first <= 63) return "dtls";
  return looksLikeStun(datagram) ? "stun" : "other";
}
