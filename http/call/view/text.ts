/**
 * Short texts about people and devices that several views need, made from the page's words.
 *
 * @module
 */

import { fill, type Plural, plural, type Words } from "../lang/words.ts";
import type { DeviceProblem, Me, Person } from "../state.ts";

/**
 * The longest name of a person or room, in characters: `MAX_NAME_LENGTH` of `protocol/limits.ts`, to
 * which all guests cut names.
 */
export const NAME_LENGTH = 40;

/** The part of a {@link Person} that names it. */
export type Named = Pick<Person, "name" | "sameName">;

/** The name to show for a person. The second person with the same name gets a number. */
export function nameOf(words: Words, { name, sameName }: Named): string {
  const shown = name === "" ? words.guest : name;
  return sameName > 1 ? `${shown} (${sameName})` : shown;
}

/**
 * A list of people in the language of the page, with at most three names: "Anna, Ben and 3 others".
 * Each name is isolated, so that one in another direction of writing does not reorder the rest.
 */
export function listNames(words: Words, people: readonly Named[]): string {
  const few = people.length > 3 ? people.slice(0, 2) : people;
  const parts = few.map((person) => `\u2068${nameOf(words, person)}\u2069`);
  const rest = people.length - few.length;
  if (rest > 0) parts.push(plural(words.tag, words.mirror.others, rest));
  if (typeof Intl.ListFormat !== "function") return parts.join(", ");
  return new Intl.ListFormat(words.tag, { type: "conjunction" }).format(parts);
}

/** A sentence with the names of people in place of `{names}`: "Anna and Ben are here." */
export function sentenceAbout(words: Words, forms: Plural, people: readonly Named[]): string {
  return plural(words.tag, forms, people.length).replace("{names}", () => listNames(words, people));
}

/** What is wrong with camera or microphone, and what the person can do about it. */
export interface Trouble {
  readonly code: DeviceProblem;
  readonly what: string;
  readonly todo: string;
}

/** Problems that may be gone if the person tries again. */
const WORTH_A_TRY: readonly DeviceProblem[] = [
  "denied",
  "busy",
  "timeout",
  "interrupted",
  "failed",
  "none",
  "unplugged",
];

/** Whether asking again can help. */
export function canRetry(code: DeviceProblem): boolean {
  return WORTH_A_TRY.includes(code);
}

/**
 * What is wrong with the devices that the person wants; undefined if nothing is. If both have
 * different problems, it is that of the camera.
 */
export function troubleOf(
  words: Words,
  { cam, mic }: Pick<Me, "cam" | "mic">,
): Trouble | undefined {
  const camera = cam.on ? cam.problem : undefined;
  const microphone = mic.on ? mic.problem : undefined;
  const code = camera ?? microphone;
  if (code === undefined) return undefined;
  const { what, todo } = words.problems[code];
  const kind = camera === microphone ? "both" : camera !== undefined ? "camera" : "microphone";
  return { code, what: what[kind], todo };
}

/** The label of a device, or "Camera 2" if the browser hides it. */
export function deviceLabel(words: Words, kind: string, label: string, index: number): string {
  return label === "" ? fill(words.devices.numbered, { kind, n: index + 1 }) : label;
}
