/**
 * The type of a language: every text that the call shows. Each language is one file that exports
 * `words` of this type. The functions here put values into a text.
 *
 * @module
 */

import type { DeviceProblem, NoticeCode } from "../state.ts";

/** One text for each plural form of a language. `{n}` stands for the number. */
export interface Plural {
  readonly one: string;
  /** For millions in Spanish, French, Italian and Portuguese. If left out, `other` is used. */
  readonly many?: string;
  readonly other: string;
}

/** The same text for the camera, for the microphone, and for both. */
export interface PerDevice {
  readonly camera: string;
  readonly microphone: string;
  readonly both: string;
}

/** Texts that say what is wrong with a device, and what to do about it. */
export interface ProblemWords {
  readonly what: PerDevice;
  readonly todo: string;
}

/** Every text of the call. {@link fill} replaces `{name}` and other placeholders. */
export interface Words {
  /** The language's tag, for `lang` and for `Intl`. */
  readonly tag: string;
  /** Between a label and its value, with the spaces of the language. */
  readonly colon: string;
  readonly title: string;
  readonly cannotOpen: string;
  readonly close: string;
  readonly you: string;
  readonly guest: string;
  readonly camera: string;
  readonly microphone: string;
  readonly loudspeaker: string;
  readonly mirror: {
    readonly title: string;
    readonly nobodyYet: string;
    /** Who is in the room: `{names}`. Their number decides the plural form. */
    readonly there: Plural;
    readonly others: Plural;
    readonly ownPicture: string;
    readonly name: string;
    readonly nameExample: string;
    readonly avatar: string;
    readonly letters: string;
    readonly room: string;
    readonly mainRoom: string;
    readonly changeRoom: string;
    readonly roomHint: string;
    readonly roomTake: string;
    readonly askTitle: string;
    readonly askText: string;
    readonly askBoth: string;
    readonly askMicOnly: string;
    readonly askNeither: string;
    readonly askingTitle: string;
    readonly askingText: string;
    readonly cameraOff: string;
    readonly pictureStopped: string;
    readonly level: string;
    readonly saySomething: string;
    readonly micOff: string;
    readonly withoutBoth: string;
    readonly tryAgain: string;
    readonly secureAddress: string;
    readonly unsupportedTitle: string;
    readonly unsupportedText: string;
    readonly join: string;
    readonly joining: string;
    readonly hubConnecting: string;
    readonly hubLost: string;
    readonly hubLostLong: string;
  };
  readonly problems: Readonly<Record<DeviceProblem, ProblemWords>>;
  readonly bar: {
    readonly label: string;
    /**
     * Short, like the other texts of the bar: it stands under an icon, even on the narrowest phone.
     */
    readonly mic: string;
    readonly cam: string;
    readonly share: string;
    readonly stopShare: string;
    readonly chat: string;
    readonly unread: Plural;
    readonly more: string;
    readonly leave: string;
    readonly keys: string;
  };
  readonly more: {
    readonly hand: string;
    readonly handDown: string;
    readonly reactions: string;
    readonly people: string;
    readonly invite: string;
    readonly devices: string;
    readonly turnCamera: string;
    readonly fullScreen: string;
    readonly fullScreenEnd: string;
  };
  readonly tile: {
    readonly muted: string;
    readonly camOff: string;
    readonly hand: string;
    readonly connecting: string;
    readonly mending: string;
    readonly screenOf: string;
    readonly yourScreen: string;
    readonly large: string;
    readonly notLarge: string;
    readonly moreTiles: Plural;
    readonly tapToHear: string;
  };
  readonly alone: {
    readonly title: string;
    readonly text: string;
  };
  readonly chat: {
    readonly title: string;
    readonly empty: string;
    readonly write: string;
    readonly send: string;
    readonly to: string;
    readonly everyone: string;
    readonly onlyYou: string;
    readonly onlyTo: string;
    readonly reachedNobody: string;
  };
  readonly people: {
    readonly title: Plural;
    readonly safety: string;
    readonly safetyNone: string;
    readonly safetyChanged: string;
    readonly write: string;
    readonly symbols: Readonly<Record<string, string>>;
  };
  readonly invite: {
    readonly title: string;
    readonly text: string;
    readonly code: string;
    readonly copy: string;
    readonly copied: string;
    readonly send: string;
    readonly sameWifi: string;
  };
  readonly devices: {
    readonly title: string;
    readonly micRoute: string;
    readonly numbered: string;
    readonly standard: string;
    readonly restart: string;
    readonly testSound: string;
    readonly soundHint: string;
  };
  readonly reactions: Readonly<Record<string, string>>;
  readonly leaving: {
    readonly question: string;
    readonly stay: string;
  };
  readonly after: {
    readonly title: string;
    readonly again: string;
    readonly stillThere: Plural;
    readonly nobody: string;
    readonly settings: string;
  };
  readonly hub: {
    readonly lost: string;
    readonly lostLong: string;
    readonly tryNow: string;
  };
  readonly soundOnly: string;
  /** The texts of the notices, with the placeholders `{name}` and `{detail}`. */
  readonly notices: Readonly<Record<NoticeCode, string>>;
}

/**
 * Replaces the placeholders of a text. Texts among the values are wrapped in Unicode isolates, so
 * that a name that is written from right to left does not change the order of the sentence.
 */
export function fill(text: string, values: Readonly<Record<string, string | number>>): string {
  return text.replace(/\{(\w+)\}/g, (whole, key: string) => {
    const value = values[key];
    if (value === undefined) return whole;
    return typeof value === "number" ? String(value) : `\u2068${value}\u2069`;
  });
}

/** Chooses the plural form for `n` in the language `tag`, and fills in `n` and `values`. */
export function plural(
  tag: string,
  forms: Plural,
  n: number,
  values: Readonly<Record<string, string | number>> = {},
): string {
  const rule = new Intl.PluralRules(tag).select(n);
  const form = rule === "one"
    ? forms.one
    : (rule === "many" ? forms.many : undefined) ?? forms.other;
  return fill(form, { n, ...values });
}
