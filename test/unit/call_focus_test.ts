/**
 * Which tile of a call is large, and when a shared screen counts as one.
 *
 * @module
 */

/// <reference lib="dom" />

import { assertEquals } from "@std/assert";
import type { Attendee } from "../../http/call/protocol/attendees.ts";
import { drawPeople, type PersonMedia } from "../../http/call/protocol/snapshot.ts";
import type { Person } from "../../http/call/state.ts";
import { Focus, ME } from "../../http/call/view/focus.ts";

/** Somebody who says that it shares its screen, or that it does not. */
function attendee(sharing: boolean, cam = false): Attendee {
  const ours = { tab: "t", muted: false, sharing, hand: false, reaction: undefined, wants: 0 };
  return {
    key: "p1",
    presence: { name: "Ann", cam, avatar: "", ours },
    link: "connected",
    connection: 1,
  };
}

/** What the page draws of one person after another state of it. */
function draw(one: Attendee, arrives: boolean, before: readonly Person[] = [], soundOnly = false) {
  const media: PersonMedia = {
    stream: undefined,
    arrives,
    speaking: false,
    safety: undefined,
    safetyChanged: false,
    reaction: undefined,
  };
  return drawPeople([one], () => media, "Ben", soundOnly, before);
}

const picture = ([person]: readonly Person[]) => person.picture;

Deno.test("A screen counts as shared only when a picture has arrived, and then until it ends", () => {
  let people = draw(attendee(true), false);
  assertEquals([picture(people), people[0].sharing], ["camera", true]);
  people = draw(attendee(true), true, people);
  assertEquals(picture(people), "screen");
  people = draw(attendee(true), false, people);
  assertEquals(picture(people), "screen", "a screen on which nothing moves");
  people = draw(attendee(false), true, people);
  assertEquals([picture(people), people[0].sharing], ["none", false]);
  people = draw(attendee(true), false, people);
  assertEquals(picture(people), "camera", "the next one has to arrive again");
});

Deno.test("In a call of sound only there are no screens", () => {
  assertEquals(picture(draw(attendee(true), true, [], true)), "none");
  assertEquals(picture(draw(attendee(false, true), true)), "camera");
});

/** People by key, of whom some share their screens. */
function peopleOf(keys: string, sharers = ""): Pick<Person, "key" | "picture">[] {
  return [...keys].map((key) => ({ key, picture: sharers.includes(key) ? "screen" : "camera" }));
}

Deno.test("A shared screen is large, the first one for as long as it is shared", () => {
  const focus = new Focus();
  focus.update(peopleOf("abc"));
  assertEquals(focus.key, undefined);
  focus.update(peopleOf("abc", "b"));
  assertEquals(focus.key, "b");
  focus.update(peopleOf("abc", "ab"));
  assertEquals(focus.key, "b", "a later one does not take its place");
  focus.update(peopleOf("abc", "a"));
  assertEquals(focus.key, "a");
  focus.update(peopleOf("bc"));
  assertEquals(focus.key, undefined);
});

Deno.test("What the person chose stays large, whoever shares a screen", () => {
  const focus = new Focus();
  focus.update(peopleOf("abc", "a"));
  focus.toggle("c");
  focus.update(peopleOf("abc", "ab"));
  assertEquals(focus.key, "c");
  focus.update(peopleOf("ab", "ab"));
  assertEquals(focus.key, "a", "the chosen one has left");
  focus.toggle(ME);
  focus.update(peopleOf("ab"));
  assertEquals(focus.key, ME);
  focus.update([]);
  assertEquals(focus.key, undefined, "nobody else is there");
});

Deno.test("A screen that was made small stays small until it is shared anew", () => {
  const focus = new Focus();
  focus.update(peopleOf("abc", "ab"));
  focus.toggle("a");
  assertEquals(focus.key, undefined, "neither of the two");
  focus.update(peopleOf("abc", "b"));
  assertEquals(focus.key, undefined, "the end of another one changes nothing");
  focus.update(peopleOf("abc", "bc"));
  assertEquals(focus.key, "c", "a new one is large");
  focus.update(peopleOf("abc"));
  focus.update(peopleOf("abc", "b"));
  assertEquals(focus.key, "b");
});
