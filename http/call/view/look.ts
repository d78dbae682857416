/**
 * How a person without a picture is shown: the initials on a colour, both made from the name. Pure.
 *
 * @module
 */

/** Background colours. White letters have a contrast of at least 4.5 on each (WCAG AA). */
export const FACE_COLOURS = [
  "#a33b2a",
  "#8a5200",
  "#5f6600",
  "#2f7031",
  "#0b6b53",
  "#00697a",
  "#1d5fa8",
  "#4b52b8",
  "#7343a8",
  "#963585",
  "#a8325c",
  "#5d5a55",
] as const;

/** The colour of a name. It is the same for the same name in upper and lower case. */
export function colourOf(name: string): string {
  // FNV-1a over the characters.
  let hash = 2166136261;
  for (const character of name.trim().toLowerCase()) {
    hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 16777619) >>> 0;
  }
  return FACE_COLOURS[((hash ^ (hash >>> 15)) >>> 0) % FACE_COLOURS.length];
}

/** The first letters of a name's first and last word; empty if it has no letters and no digits. */
export function initialsOf(name: string): string {
  const words = name.split(/[^\p{L}\p{N}\p{M}]+/u).filter((word) => /^[\p{L}\p{N}]/u.test(word));
  if (words.length === 0) return "";
  const ends = words.length === 1 ? [words[0]] : [words[0], words[words.length - 1]];
  return ends.map((word) => Array.from(word)[0].toLocaleUpperCase()).join("");
}

/** The symbols that a person can choose as a picture. */
export const AVATARS: readonly string[] = [
  "🐻",
  "🐱",
  "🐶",
  "🐰",
  "🦊",
  "🐼",
  "🐸",
  "🦉",
  "🐢",
  "🐙",
  "🌻",
  "🍓",
  "⚽",
  "🎸",
  "🚀",
];
