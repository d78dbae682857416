/**
 * The words in use, and the small sentences made of them that several views need.
 *
 * @module
 */

import { fill, type Plural, plural, type Words } from "../lang/words.ts";
import type { DeviceProblem, Me, Person } from "../state.ts";

/** The longest name of a person or room. Longer ones are cut, also in the other guests' pages. */
export const NAME_LENGTH = 40;

/** What names somebody: enough of a {@link Person}. */
export type Named = Pick<Person, "name" | "sameName">;

/** The name to show for somebody, with a mark for the second of the same name. */
export function nameOf(words: Words, { name, sameName }: Named): string {
  const shown = name === "" ? words.guest : name;
  return sameName > 1 ? `${shown} (${sameName})` : shown;
}

/** "Anna, Ben and 3 others": at most three names, isolated, as a list of the language. */
export function listNames(words: Words, people: readonly Named[]): string {
  const few = people.length > 3 ? people.slice(0, 2) : people;
  const parts = few.map((person) => `\u2068${nameOf(words, person)}\u2069`);
  const rest = people.length - few.length;
  if (rest > 0) parts.push(plural(words.tag, words.mirror.others, rest));
  if (typeof Intl.ListFormat !== "function") return parts.join(", ");
  return new Intl.ListFormat(words.tag, { type: "conjunction" }).format(parts);
}

/** A sentence about people with the names in it: "Anna and Ben are here." */
export function sentenceAbout(words: Words, forms: Plural, people: readonly Named[]): string {
  return plural(words.tag, forms, people.length).replace("{names}", () => listNames(words, people));
}

/** What is wrong with camera and microphone, in one sentence and one that says what to do. */
export interface Trouble {
  readonly code: DeviceProblem;
  readonly what: string;
  readonly todo: string;
}

/** Problems that a second try in a tap can mend. */
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

/** Finds what is wrong with one's devices; undefined when nothing is. The camera goes first. */
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

/** The label of a device, or "Camera 2" where the browser does not tell. */
export function deviceLabel(words: Words, kind: string, label: string, index: number): string {
  return label === "" ? fill(words.devices.numbered, { kind, n: index + 1 }) : label;
}
