/**
 * The shape of the QR page's words: one object for each language.
 *
 * @module
 */

import type { WarningKind } from "../browser.ts";

/** The words that browsers show, in the order in which a guest taps them. `{host}`. */
export type Taps = Readonly<Record<WarningKind, readonly string[]>>;

/** All texts of the QR page. `fill` in `../words.ts` fills in `{site}`, `{host}` and so on. */
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
    /** What the host has to do, by the hub's system. `{ports}` are the UDP ports of the hub. */
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
    /** Below the code that opens this page. `{address}`. */
    readonly scan: string;
  };
  /** The page that prepares a guest for the browser's warning. */
  readonly warning: {
    readonly title: string;
    readonly why: string;
    /** Before each tap. The words to tap follow. */
    readonly tap: string;
    /** After the last tap. */
    readonly done: string;
    readonly button: string;
    readonly back: string;
    /** For a guest who came back without having joined. */
    readonly again: string;
  };
  readonly taps: Taps;
  /** The way in through the site of the join link. `{site}`. */
  readonly site: {
    readonly about: string;
    readonly button: string;
    readonly scan: string;
    /** On the poster, if its large code leads to the site. */
    readonly needs: string;
  };
  /** In a window inside an app. `{browser}` is Safari or Chrome. */
  readonly inApp: {
    readonly title: string;
    readonly about: string;
    readonly copy: string;
    readonly copied: string;
  };
  /** If no phone can reach the hub. */
  readonly alone: { readonly title: string; readonly about: string };
  /** At an address that does not exist. */
  readonly missing: { readonly title: string; readonly about: string };
  /** The poster. */
  readonly poster: {
    readonly wifi: string;
    readonly wifiAbout: string;
    readonly scan: string;
    readonly scanAbout: string;
    readonly allow: string;
    readonly allowAbout: string;
    readonly name: string;
    readonly password: string;
    /** Beside the second code, if it opens this page. `{address}`. */
    readonly otherPage: string;
    /** Beside the second code, if it opens the site. `{site}`. */
    readonly otherSite: string;
  };
  /** The heading of the details that only the host needs. */
  readonly more: string;
  readonly link: string;
  readonly addresses: string;
  /** The texts for people who cannot see the codes. */
  readonly siteCode: string;
  readonly pageCode: string;
}
