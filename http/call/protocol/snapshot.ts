/**
 * Makes the list of people that a view draws, from presence and from the media connections. Parts
 * that have not changed stay the same objects.
 *
 * @module
 */

/// <reference lib="dom" />

import type { Person, Reaction } from "../state.ts";
import type { Attendee } from "./attendees.ts";
import { nameKey } from "./text.ts";

/** What the media connection tells about a person, and what is kept with it. */
export interface PersonMedia {
  readonly stream: MediaStream | undefined;
  /** A picture of the person has arrived lately. */
  readonly arrives: boolean;
  readonly speaking: boolean;
  readonly safety: string | undefined;
  readonly safetyChanged: boolean;
  readonly reaction: Reaction | undefined;
}

/**
 * The people as a view draws them.
 *
 * @param ownName this person's name. Others with the same name get a number.
 * @param soundOnly whether no pictures are sent.
 * @param before the previous result, which is returned if nothing has changed.
 */
export function drawPeople(
  attendees: readonly Attendee[],
  mediaOf: (key: string) => PersonMedia | undefined,
  ownName: string,
  soundOnly: boolean,
  before: readonly Person[],
): readonly Person[] {
  const names = new Map<string, number>();
  if (ownName !== "") names.set(nameKey(ownName), 1);
  const screensBefore = new Set(
    before.filter(({ picture }) => picture === "screen").map(({ key }) => key),
  );
  const people = attendees.map(({ key, presence, link }, i) => {
    const { name, avatar, cam, ours } = presence;
    const nth = name === "" ? 0 : (names.get(nameKey(name)) ?? 0) + 1;
    names.set(nameKey(name), nth);
    const media = mediaOf(key);
    const sharing = ours?.sharing ?? false;
    // A screen moves all tiles, so the word of its owner is not enough. A screen on which nothing
    // moves may send nothing more.
    const isScreen = sharing && (media?.arrives || screensBefore.has(key));
    const picture = soundOnly ? "none" : isScreen ? "screen" : cam || sharing ? "camera" : "none";
    const person: Person = {
      key,
      name,
      sameName: nth > 1 ? nth : 0,
      avatar,
      kind: ours === undefined ? "deployed" : "ours",
      link,
      muted: ours?.muted,
      picture,
      sharing,
      handRaised: ours?.hand ?? false,
      reaction: media?.reaction,
      speaking: media?.speaking ?? false,
      stream: media?.stream,
      safety: media?.safety,
      safetyChanged: media?.safetyChanged ?? false,
    };
    return unchanged(before[i], person);
  });
  return people.length === before.length && people.every((person, i) => person === before[i])
    ? before
    : people;
}

/** Returns `before` if all its members are the same as in `after`; otherwise `after`. */
export function unchanged<T extends object>(before: T | undefined, after: T): T {
  if (before === undefined) return after;
  const keys = Object.keys(after) as (keyof T)[];
  return keys.length === Object.keys(before).length &&
      keys.every((key) => Object.is(before[key], after[key]))
    ? before
    : after;
}
