/**
 * Makes names, avatars and messages of people safe to show. The result is plain text, not markup. A
 * view still has to isolate its direction with `<bdi>`.
 *
 * @module
 */

import { MAX_NAME_LENGTH, MAX_SHOWN_TEXT } from "./limits.ts";

/** Controls (but not white space), bidi embeddings, overrides and isolates, invisible fillers. */
const INVISIBLE =
  // deno-lint-ignore no-control-regex -- these are what is looked for
  /[\u0000-\u0008\u000e-\u001f\u007f-\u009f\u00ad\u061c\u115f\u1160\u180e\u200b\u202a-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb]/g;

/** Half of a surrogate pair without the other half. */
const HALF = /\p{Surrogate}/gu;

/**
 * Combining marks beyond the fourth on one character. Real writing does not need them, and they
 * could cover the lines above.
 */
const STACKED_MARKS = /(\p{M}{4})\p{M}+/gu;

/** A character that can be seen. The empty Braille pattern is a symbol, but cannot be seen. */
const VISIBLE = /(?!\u2800)[\p{L}\p{N}\p{P}\p{S}]/u;

/** Invisible characters that real names may contain, such as joiners and direction marks. */
const UNSEEN = /[\p{Default_Ignorable_Code_Point}\u2800]/gu;

/**
 * Makes a name of any value: one line without control characters, at most 40 characters.
 *
 * @returns the name; empty if the value is not a text or has no visible character.
 */
export function cleanName(value: unknown): string {
  if (typeof value !== "string") return "";
  // Cut first, because the value may have 100 kB.
  const line = value.slice(0, 400).replace(HALF, "\ufffd").replace(INVISIBLE, "")
    .replace(/\s+/g, " ").replace(STACKED_MARKS, "$1").trim();
  const name = [...line].slice(0, MAX_NAME_LENGTH).join("").trim();
  return VISIBLE.test(name) ? name : "";
}

/**
 * A key that is equal for names that differ only in case, spaces, fonts or invisible characters.
 */
export function nameKey(name: string): string {
  return name.normalize("NFKC").replace(UNSEEN, "").toLowerCase().replace(/\s+/g, " ").trim();
}

const FLAG = /^\p{Regional_Indicator}{2}/u;
const KEYCAP = /^[#*0-9]\ufe0f?\u20e3/;
const PICTURE =
  /^\p{Extended_Pictographic}[\ufe0f\u{1f3fb}-\u{1f3ff}]?(?:\u200d\p{Emoji}[\ufe0f\u{1f3fb}-\u{1f3ff}]?){0,5}/u;

/**
 * Makes an avatar of any value. @returns its first emoji if it begins with one; otherwise empty.
 */
export function cleanAvatar(value: unknown): string {
  if (typeof value !== "string") return "";
  const start = value.slice(0, 40);
  return (FLAG.exec(start) ?? KEYCAP.exec(start) ?? PICTURE.exec(start))?.[0] ?? "";
}

/** Makes a message of any value: lines are kept, control characters removed, and long texts cut. */
export function cleanText(value: unknown): string {
  if (typeof value !== "string") return "";
  const text = value.slice(0, MAX_SHOWN_TEXT + 1).replace(HALF, "\ufffd").replace(INVISIBLE, "")
    .replace(/\r\n?|[\u2028\u2029]/g, "\n").replace(/[\t\v\f]/g, " ")
    .replace(STACKED_MARKS, "$1").replace(/\n{3,}/g, "\n\n").trim();
  return text.length > MAX_SHOWN_TEXT
    ? `${text.slice(0, MAX_SHOWN_TEXT).replace(HALF, "")}…`
    : text;
}

/**
 * A room's key: its name in lower case, with `-` for every run of characters outside a–z and 0–9,
 * without `-` at both ends, cut to 40 characters (docs/PROTOCOL.md §3).
 */
export function roomKey(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]+/g, "-").replace(/^-|-$/g, "").slice(
    0,
    40,
  );
}
