/**
 * The list of people, each with the four safety symbols, and a sentence that says what to do with
 * them.
 *
 * @module
 */

/// <reference lib="dom" />

import { fill, plural, type Words } from "../lang/words.ts";
import type { CallState, Me, Person } from "../state.ts";
import { make, setChildren, setText } from "./dom.ts";
import { makeIcon } from "./icons.ts";
import { colourOf, initialsOf } from "./look.ts";
import type { PanelContent } from "./panel.ts";
import { nameOf } from "./text.ts";

/**
 * Makes the list of people.
 *
 * @param writeTo opens the chat for the person with this key.
 */
export function makePeople(words: Words, writeTo: (key: string) => void): PanelContent {
  const list = make("ul", { class: "people" });
  const sentence = make("p", { class: "hint", text: words.people.safety });
  const roomName = make("bdi", { class: "name" });
  const room = make("p", {}, words.mirror.room + words.colon, roomName);
  const root = make("div", { class: "who-is-here" }, room, sentence, list);
  const rows = new Map<string, { drawn: Person; row: HTMLElement }>();
  let own: { drawn: Me; row: HTMLElement } | undefined;

  return {
    root,
    title: ({ people }) => plural(words.tag, words.people.title, people.length + 1),
    update({ people, me, room }: CallState) {
      setText(roomName, room.key === "" ? words.mirror.mainRoom : room.name || room.key);
      if (own?.drawn !== me) own = { drawn: me, row: drawMe(me, words) };
      const wanted = [own.row];
      for (const person of people) {
        let known = rows.get(person.key);
        if (known === undefined || !looksSame(known.drawn, person)) {
          known = { drawn: person, row: drawPerson(person, words, writeTo) };
          rows.set(person.key, known);
        }
        wanted.push(known.row);
      }
      for (const key of rows.keys()) {
        if (!people.some((person) => person.key === key)) rows.delete(key);
      }
      setChildren(list, wanted);
      sentence.hidden = !people.some(({ safety }) => safety !== undefined);
    },
  };
}

/** Makes the round picture of a person: the symbol, or the initials on a colour. */
function makeFace(name: string, avatar: string): HTMLElement {
  const face = make("span", {
    class: avatar === "" ? "face" : "face symbol",
    attributes: { "aria-hidden": "true" },
  }, make("span", { class: "letters", text: avatar || initialsOf(name) || "☺" }));
  face.style.setProperty("--face", colourOf(name));
  return face;
}

/**
 * Whether two states of a person give the same row. Speaking and reactions are not drawn, because a
 * row that is redrawn often would take its button away while somebody presses it.
 */
function looksSame(a: Person, b: Person): boolean {
  const looks: readonly (keyof Person)[] = [
    "name",
    "sameName",
    "avatar",
    "link",
    "muted",
    "picture",
    "handRaised",
    "safety",
    "safetyChanged",
  ];
  return looks.every((key) => a[key] === b[key]);
}

function drawMe(me: Me, words: Words): HTMLElement {
  const name = make(
    "p",
    { class: "by" },
    make("bdi", { class: "name", text: me.name || words.guest }),
  );
  name.append(make("span", { class: "only", text: words.you }));
  return make("li", {}, makeFace(me.name, me.avatar), make("div", { class: "about" }, name));
}

function drawPerson(person: Person, words: Words, writeTo: (key: string) => void): HTMLElement {
  const name = nameOf(words, person);
  const about = make(
    "div",
    { class: "about" },
    make("p", { class: "by" }, make("bdi", { class: "name", text: name })),
  );
  const facts: string[] = [];
  if (person.link === "dialling") facts.push(words.tile.connecting);
  if (person.link === "shaky" || person.link === "redialling") facts.push(words.tile.mending);
  if (person.handRaised) facts.push(words.tile.hand);
  if (person.muted === true) facts.push(words.tile.muted);
  if (person.picture === "none") facts.push(words.tile.camOff);
  if (facts.length > 0) about.append(make("p", { class: "facts", text: facts.join(" · ") }));
  const label = fill(words.people.write, { name });
  const write = make("button", {
    class: "round",
    attributes: { type: "button", "aria-label": label, title: label },
    click: () => writeTo(person.key),
  }, makeIcon("chat"));
  return make(
    "li",
    {},
    makeFace(person.name, person.avatar),
    about,
    write,
    make("div", { class: "symbols-row" }, drawSafety(person, words)),
  );
}

function drawSafety({ safety, safetyChanged }: Person, words: Words): HTMLElement {
  if (safety === undefined) return make("p", { class: "facts", text: words.people.safetyNone });
  const list = make("ul", { class: safetyChanged ? "safety changed" : "safety" });
  for (const symbol of safety.split(" ").slice(0, 4)) {
    list.append(make(
      "li",
      {},
      make("span", { class: "picture", text: symbol, attributes: { "aria-hidden": "true" } }),
      make("span", { class: "word", text: words.people.symbols[symbol] ?? symbol }),
    ));
  }
  if (!safetyChanged) return list;
  return make("div", {}, make("p", { class: "warning", text: words.people.safetyChanged }), list);
}
