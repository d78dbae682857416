/**
 * The words of the QR page: their shape, and which language a browser gets. The words of the call are
 * apart (`../call/lang/`): they are the browser's, these are the server's.
 *
 * @module
 */

import { chooseLanguage, type Language } from "../call/lang/choose.ts";
import type { WarningKind } from "./browser.ts";
import { words as de } from "./words/de.ts";
import { words as en } from "./words/en.ts";
import { words as es } from "./words/es.ts";
import { words as fr } from "./words/fr.ts";
import { words as it } from "./words/it.ts";
import { words as pt } from "./words/pt.ts";

/** Every text of the QR page. `{site}`, `{host}` and the like are filled in by {@linkcode fill}. */
export interface DoorWords {
  /** The language's tag, for `lang`. */
  readonly tag: string;
  readonly title: string;
  readonly about: string;
  /** Whether this device reaches the hub by UDP. */
  readonly reach: {
    readonly checking: string;
    /** `{ms}`. */
    readonly reached: string;
    readonly unreached: string;
    /** What the host has to do, by the hub's system. `{port}` is the hub's UDP port. */
    readonly mend: { readonly windows: string; readonly mac: string; readonly linux: string };
    /** What the guest can do. */
    readonly guest: string;
    readonly unsupported: string;
  };
  /** The way in through the hub's own page. */
  readonly here: {
    readonly title: string;
    readonly about: string;
    readonly button: string;
    /** On the hub's own computer. */
    readonly noWarning: string;
    /** Above the code that opens this page. `{address}`. */
    readonly scan: string;
  };
  /** What is announced before it comes. */
  readonly warning: {
    readonly title: string;
    readonly why: string;
    /** Before each tap; the words to tap follow. */
    readonly tap: string;
    /** After the last tap. */
    readonly done: string;
    readonly button: string;
    readonly back: string;
    /** To whoever came back without having gone through. */
    readonly again: string;
  };
  /** The words that browsers themselves show, in the order in which they are tapped. `{host}`. */
  readonly taps: Readonly<Record<WarningKind, readonly string[]>>;
  /** The way in through the site. `{site}`. */
  readonly site: {
    readonly about: string;
    readonly button: string;
    readonly scan: string;
    readonly needs: string;
  };
  /** In a window inside an app. `{browser}` is Safari or Chrome. */
  readonly inApp: {
    readonly title: string;
    readonly about: string;
    readonly copy: string;
    readonly copied: string;
  };
  /** No address that a phone could reach. */
  readonly alone: { readonly title: string; readonly about: string };
  /** On paper. */
  readonly poster: {
    readonly wifi: string;
    readonly wifiAbout: string;
    readonly scan: string;
    readonly scanAbout: string;
    readonly allow: string;
    readonly allowAbout: string;
    readonly name: string;
    readonly password: string;
    /** Beside the second code. */
    readonly otherPage: string;
    readonly otherSite: string;
  };
  readonly more: string;
  readonly link: string;
  readonly addresses: string;
  /** What the codes are, for those who cannot see them. */
  readonly siteCode: string;
  readonly pageCode: string;
}

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

/** What the host has to do about a firewall, by the system that the hub runs on. */
export function mendOf({ mend }: DoorWords["reach"], os: typeof Deno.build.os): string {
  return os === "windows" ? mend.windows : os === "darwin" ? mend.mac : mend.linux;
}

/** Puts values in the place of `{name}`. */
export function fill(text: string, values: Readonly<Record<string, string>>): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => values[name] ?? whole);
}
