/**
 * The words of the QR page in the language that a browser wants. The server needs these. The words of
 * the call page are in `../call/lang/`, because the browser needs them.
 *
 * @module
 */

import { chooseLanguage, type Language } from "../call/lang/choose.ts";
import { words as de } from "./words/de.ts";
import type { DoorWords, Taps } from "./words/door_words.ts";
import { words as en } from "./words/en.ts";
import { tapsAbroad as spanishTaps, words as es } from "./words/es.ts";
import { words as fr } from "./words/fr.ts";
import { words as it } from "./words/it.ts";
import { tapsAbroad as portugueseTaps, words as pt } from "./words/pt.ts";

const WORDS: Readonly<Record<Language, DoorWords>> = { en, de, fr, es, it, pt };

/** Languages in which browsers have two translations: `taps` are the words outside `home`. */
const ABROAD: Partial<Record<Language, { readonly home: string; readonly taps: Partial<Taps> }>> = {
  es: { home: "es", taps: spanishTaps },
  pt: { home: "br", taps: portugueseTaps },
};

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
  const tags = wishes.map(({ tag }) => tag);
  const language = chooseLanguage(tags);
  const words = WORDS[language];
  const abroad = ABROAD[language];
  if (abroad === undefined) return words;
  const region = regionOf(tags, language);
  if (region === undefined || region === abroad.home) return words;
  return { ...words, taps: { ...words.taps, ...abroad.taps } };
}

/** The region (in lower case) of the first tag of a language; undefined if it has none. */
function regionOf(tags: readonly string[], language: Language): string | undefined {
  const [first, ...parts] =
    tags.map((tag) => tag.toLowerCase().split(/[-_]/)).find(([first]) => first === language) ?? [];
  return first === undefined ? undefined : parts.find((part) => /^(?:[a-z]{2}|\d{3})$/.test(part));
}

/**
 * What the host has to do about a firewall.
 *
 * @param os the system of the hub.
 * @param ports the UDP ports of the hub that guests need.
 */
export function mendOf(
  { mend }: DoorWords["reach"],
  os: typeof Deno.build.os,
  ports: readonly number[],
): string {
  const sentence = os === "windows" ? mend.windows : os === "darwin" ? mend.mac : mend.linux;
  return fill(sentence, { ports: ports.join() });
}

/** Replaces each `{name}` with its value. */
export function fill(text: string, values: Readonly<Record<string, string>>): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => values[name] ?? whole);
}
