/**
 * The four symbols that both ends of a link see alike if nobody is in between (wire contract §8).
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

/** The SHA-256 fingerprint in a session description, in lower case. */
export function fingerprintOf(sdp: string): string | undefined {
  return /^a=fingerprint:sha-256 ((?:[\da-f]{2}:){31}[\da-f]{2})\s*$/im.exec(sdp)?.[1]
    .toLowerCase();
}

/** Bytes as a fingerprint is written: lower-case hex with colons. */
export function formatFingerprint(bytes: Uint8Array): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join(":");
}

/** What is hashed, of the fingerprints of both ends in any order. */
export function safetyInput(one: string, other: string): string {
  return one < other ? `${one}|${other}` : `${other}|${one}`;
}

/** The symbols, of the SHA-256 hash of {@link safetyInput}. */
export function safetySymbols(hash: Uint8Array): string {
  return [...hash.subarray(0, 4)].map((byte) => SYMBOLS[byte & 31]).join(" ");
}
