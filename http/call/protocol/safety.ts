/**
 * The four safety symbols of a link (docs/PROTOCOL.md §8). Both ends see the same ones if there is
 * no attacker between them.
 *
 * @module
 */

// deno-fmt-ignore -- four rows of eight
const SYMBOLS: readonly string[] = [
  "🦊", "🐢", "🐙", "🦉", "🦋", "🐝", "🐬", "🦄",
  "🌊", "🌙", "🌈", "🔥", "🌵", "🍄", "🍀", "🌻",
  "🍋", "🍉", "🍓", "🔑", "🎈", "🚀", "💎", "🎯",
  "🎸", "🧭", "🧩", "🪁", "🎺", "🐳", "🍒", "🐡",
];

/** The SHA-256 fingerprint in a session description, in lower case; undefined if there is none. */
export function fingerprintOf(sdp: string): string | undefined {
  return /^a=fingerprint:sha-256 ((?:[\da-f]{2}:){31}[\da-f]{2})\s*$/im.exec(sdp)?.[1]
    .toLowerCase();
}

/** Bytes in the notation of a fingerprint: lower-case hex with colons. */
export function formatFingerprint(bytes: Uint8Array): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join(":");
}

/** The text to be hashed, made of the fingerprints of both ends in any order. */
export function safetyInput(one: string, other: string): string {
  return one < other ? `${one}|${other}` : `${other}|${one}`;
}

/** The symbols, made of the SHA-256 hash of {@link safetyInput}. */
export function safetySymbols(hash: Uint8Array): string {
  return [...hash.subarray(0, 4)].map((byte) => SYMBOLS[byte & 31]).join(" ");
}
