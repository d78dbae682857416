/**
 * The shape of the QR page's words: one object for each language.
 *
 * @module
 */

import type { WarningKind } from "../browser.ts";

/** Every text of the QR page. `{site}`, `{host}` and the like are filled in by `fill` in `../words.ts`. */
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
