/**
 * What people write, made safe to show: names, avatars and messages. Text in, text out. The result is
 * still text and never markup; a view isolates its direction with `<bdi>`.
 *
 * @module
 */

import { MAX_NAME_LENGTH, MAX_SHOWN_TEXT } from "./limits.ts";

/** Controls (but not white space), bidi embeddings, overrides and isolates, invisible fillers. */
const INVISIBLE =
  // deno-lint-ignore no-control-regex -- these are what is looked for
  /[\u0000-\u0008\u000e-\u001f\u007f-\u009f\u00ad\u061c\u115f\u1160\u180e\u200b\u202a-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb]/g;

/** Half of a surrogate pair. */
const HALF = /\p{Surrogate}/gu;

/**
 * Marks that stand on the character before them; more than four on one character are not real
 * writing.
 */
const STACKED_MARKS = /(\p{M}{4})\p{M}+/gu;

/**
 * Something that leaves a mark. The empty Braille pattern is a symbol, but there is nothing to see.
 */
const VISIBLE = /(?!\u2800)[\p{L}\p{N}\p{P}\p{S}]/u;

/** What real names may contain although nobody sees it, such as joiners and marks of direction. */
const UNSEEN = /[\p{Default_Ignorable_Code_Point}\u2800]/gu;

/**
 * Any value as a name: one line, no controls, at most 40 characters.
 *
 * @returns the name; empty if the value is not a text or has no visible character.
 */
export function cleanName(value: unknown): string {
  if (typeof value !== "string") return "";
  // Cut before it is searched: a name may come with 100 kB.
  const line = value.slice(0, 400).replace(HALF, "\ufffd").replace(INVISIBLE, "")
    .replace(/\s+/g, " ").replace(STACKED_MARKS, "$1").trim();
  const name = [...line].slice(0, MAX_NAME_LENGTH).join("").trim();
  return VISIBLE.test(name) ? name : "";
}

/** A key that is equal for two names that look alike at first sight. */
export function nameKey(name: string): string {
  return name.normalize("NFKC").replace(UNSEEN, "").toLowerCase().replace(/\s+/g, " ").trim();
}

const FLAG = /^\p{Regional_Indicator}{2}/u;
const KEYCAP = /^[#*0-9]\ufe0f?\u20e3/;
const PICTURE =
  /^\p{Extended_Pictographic}[\ufe0f\u{1f3fb}-\u{1f3ff}]?(?:\u200d\p{Emoji}[\ufe0f\u{1f3fb}-\u{1f3ff}]?){0,5}/u;

/** Any value as an avatar. @returns its first character if that is an emoji, or the empty text. */
export function cleanAvatar(value: unknown): string {
  if (typeof value !== "string") return "";
  const start = value.slice(0, 40);
  return (FLAG.exec(start) ?? KEYCAP.exec(start) ?? PICTURE.exec(start))?.[0] ?? "";
}

/** Any value as the text of a message: lines kept, controls removed, its length bounded. */
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
 * A room's key: its name lower-cased, every run outside a–z and 0–9 turned into `-`, trimmed of `-`,
 * cut at 40 (wire contract §3).
 */
export function roomKey(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]+/g, "-").replace(/^-|-$/g, "").slice(
    0,
    40,
  );
}
