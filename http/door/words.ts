/**
 * The words of the QR page in the language that a browser wants. The server needs these. The words of
 * the call page are in `../call/lang/`, because the browser needs them.
 *
 * @module
 */

import { chooseLanguage, type Language } from "../call/lang/choose.ts";
import { words as de } from "./words/de.ts";
import type { DoorWords } from "./words/door_words.ts";
import { words as en } from "./words/en.ts";
import { words as es } from "./words/es.ts";
import { words as fr } from "./words/fr.ts";
import { words as it } from "./words/it.ts";
import { words as pt } from "./words/pt.ts";

const WORDS: Readonly<Record<Language, DoorWords>> = { en, de, fr, es, it, pt };

/**
 * The words for a browser.
 *
 * @param acceptLanguage the header (RFC 9110 §12.5.4), or null.
 */
export function wordsFor(acceptLanguage: string | null): DoorWords {
  const wishes = (acceptLanguage ?? "").slice(0, 200).split(",").map((part) => {
    const [tag, ...parameters] = part.trim().split(";");
    const quality = parameters.map((text) => /^\s*q=([\d.]+)/.exec(text)?.[1]).find(Boolean);
    return { tag, quality: Number(quality ?? 1) };
  }).filter(({ quality }) => quality > 0);
  wishes.sort((a, b) => b.quality - a.quality); // a stable sort: the first of equals stays first
  return WORDS[chooseLanguage(wishes.map(({ tag }) => tag))];
}

/** What the host has to do about a firewall. It depends on the system of the hub. */
export function mendOf({ mend }: DoorWords["reach"], os: typeof Deno.build.os): string {
  return os === "windows" ? mend.windows : os === "darwin" ? mend.mac : mend.linux;
}

/** Replaces each `{name}` with its value. */
export function fill(text: string, values: Readonly<Record<string, string>>): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => values[name] ?? whole);
}
