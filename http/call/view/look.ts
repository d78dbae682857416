/**
 * How somebody without a picture looks: the letters of the name on a colour made from it. Pure.
 *
 * @module
 */

/** Background colours; white letters have a contrast of 4.5 and more on each (WCAG AA). */
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

/** The colour of a name: always the same for the same name, however it is capitalised. */
export function colourOf(name: string): string {
  let hash = 2166136261;
  for (const character of name.trim().toLowerCase()) {
    hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 16777619) >>> 0;
  }
  return FACE_COLOURS[((hash ^ (hash >>> 15)) >>> 0) % FACE_COLOURS.length];
}

/** The first letters of the first and the last word of a name, or nothing if it has no letters. */
export function initialsOf(name: string): string {
  const words = name.split(/[^\p{L}\p{N}\p{M}]+/u).filter((word) => /^[\p{L}\p{N}]/u.test(word));
  if (words.length === 0) return "";
  const ends = words.length === 1 ? [words[0]] : [words[0], words[words.length - 1]];
  return ends.map((word) => Array.from(word)[0].toLocaleUpperCase()).join("");
}

/** Symbols to choose from as one's picture. */
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
