/**
 * Tells the protocols on the hub's port apart by the first byte of a datagram (RFC 7983 §7).
 *
 * @module
 */

import { looksLikeStun } from "./stun/message.ts";

/** The protocol of a datagram, according to its first bytes. */
export type DatagramKind = "stun" | "dtls" | "other";

/** Sorts a datagram. STUN begins with 0–3 and has the magic cookie. DTLS begins with 20–63. */
export function kindOf(datagram: Uint8Array): DatagramKind {
  if (datagram.length === 0) return "other";
  const first = datagram[0];
  if (first >= 20 && first <= 63) return "dtls";
  return looksLikeStun(datagram) ? "stun" : "other";
}
