/**
 * What the call page's views are made of and can be tested without a browser: words, looks, and the
 * sentences made of names.
 *
 * @module
 */

/// <reference lib="dom" />

import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { chooseLanguage, LANGUAGES } from "../../http/call/lang/choose.ts";
import { words as de } from "../../http/call/lang/de.ts";
import { words as en } from "../../http/call/lang/en.ts";
import { words as es } from "../../http/call/lang/es.ts";
import { words as fr } from "../../http/call/lang/fr.ts";
import { words as it } from "../../http/call/lang/it.ts";
import { words as pt } from "../../http/call/lang/pt.ts";
import { fill, plural } from "../../http/call/lang/words.ts";
import { REACTIONS } from "../../http/call/state.ts";
import { AVATARS, colourOf, FACE_COLOURS, initialsOf } from "../../http/call/view/look.ts";
import { listNames, nameOf, sentenceAbout, troubleOf } from "../../http/call/view/text.ts";

/** The symbols of the wire contract. */
const SAFETY_SYMBOLS = Array.from(
  "🦊🐢🐙🦉🦋🐝🐬🦄🌊🌙🌈🔥🌵🍄🍀🌻🍋🍉🍓🔑🎈🚀💎🎯🎸🧭🧩🪁🎺🐳🍒🐡",
);

const ALL = [en, de, fr, es, it, pt];
const DEVICE = { on: true, live: true, asking: false };

/** All texts of a language, by their path. */
function textsOf(value: unknown, path = ""): [path: string, text: string][] {
  if (typeof value === "string") return [[path, value]];
  return Object.entries(value as object).flatMap(([key, inner]) =>
    textsOf(inner, `${path}/${key}`)
  );
}

/** The places for values in a text, sorted. */
function placesIn(text: string): string[] {
  return (text.match(/\{\w+\}/g) ?? []).sort();
}

Deno.test("every language has every text, with the same placeholders", () => {
  const english = new Map(textsOf(en));
  for (const words of ALL) {
    const texts = new Map(textsOf(words));
    assertEquals([...texts.keys()], [...english.keys()], words.tag);
    for (const [path, text] of texts) {
      assertNotEquals(text.trim(), "", `${words.tag}${path}`);
      // The singular may write its number out.
      const wanted = placesIn(english.get(path)!).filter((place) => place !== "{n}");
      assertEquals(
        placesIn(text).filter((place) => place !== "{n}"),
        wanted,
        `${words.tag}${path}`,
      );
    }
  }
  assertEquals(ALL.map(({ tag }) => tag), [...LANGUAGES]);
});

Deno.test("no language has untranslated sentences", () => {
  const english = new Map(textsOf(en));
  for (const words of ALL.slice(1)) {
    const same = textsOf(words).filter(([path, text]) =>
      english.get(path) === text && text.split(" ").length > 2 && !placesIn(text).length
    );
    assertEquals(same, [], words.tag);
  }
});

Deno.test("French has no space at which a line could break before its signs", () => {
  for (const [path, text] of textsOf(fr)) assert(!/ [;:!?»]|« /.test(text), path);
});

Deno.test("words under the pictures of the bar are short", () => {
  for (const { bar, tag } of ALL) {
    for (
      const word of [bar.mic, bar.cam, bar.share, bar.stopShare, bar.chat, bar.more, bar.leave]
    ) {
      assert(word.length <= 9, `${tag}: ${word}`);
    }
  }
});

Deno.test("every reaction and every safety symbol has a word in every language", () => {
  for (const words of ALL) {
    for (const reaction of REACTIONS) assert(words.reactions[reaction], `${words.tag} ${reaction}`);
    // Two symbols with one word could not be told apart by reading them out.
    assertEquals(Object.keys(words.people.symbols).sort(), [...SAFETY_SYMBOLS].sort());
    assertEquals(new Set(Object.values(words.people.symbols)).size, SAFETY_SYMBOLS.length);
  }
});

Deno.test("the language is the first wish that can be met", () => {
  assertEquals(chooseLanguage(["nl", "de-AT", "en"]), "de");
  assertEquals(chooseLanguage(["pt_BR"]), "pt");
  assertEquals(chooseLanguage(["PT-br"]), "pt");
  assertEquals(chooseLanguage(["zh", "ja"]), "en");
  assertEquals(chooseLanguage([]), "en");
  assertEquals(chooseLanguage(["eng"]), "en");
});

Deno.test("values in a sentence keep their writing direction", () => {
  assertEquals(fill("{name} is here.", { name: "\u202Eevil" }), "\u2068\u202Eevil\u2069 is here.");
  assertEquals(fill("{n} of {n}", { n: 3 }), "3 of 3");
  assertEquals(fill("{unknown}", {}), "{unknown}");
  assertEquals(fill("{name}", { name: "{n} $& $1" }), "\u2068{n} $& $1\u2069");
});

Deno.test("numbers take the plural form of their language", () => {
  assertEquals(plural("en", en.bar.unread, 1), "1 new message");
  assertEquals(plural("en", en.bar.unread, 2), "2 new messages");
  assertEquals(plural("fr", fr.bar.unread, 0), "0 nouveau message");
  assertEquals(plural("pt", pt.bar.unread, 0), "0 mensagem nova");
  assertEquals(plural("es", es.bar.unread, 1_000_000), "1000000 mensajes nuevos");
});

Deno.test("names are listed, equal names get a mark, and many names are counted", () => {
  const person = (name: string, sameName = 0) => ({ name, sameName });
  const bare = (text: string) => text.replace(/[\u2068\u2069]/g, "");
  assertEquals(nameOf(en, person("Anna", 2)), "Anna (2)");
  assertEquals(nameOf(de, person("")), "Gast");
  assertEquals(bare(listNames(de, [person("Anna"), person("Ben")])), "Anna und Ben");
  assertEquals(
    bare(sentenceAbout(en, en.mirror.there, ["A", "B", "C", "D", "E"].map((name) => person(name)))),
    "A, B, and 3 others are here.",
  );
  assertEquals(bare(sentenceAbout(en, en.mirror.there, [person("$& {n}")])), "$& {n} is here.");
});

Deno.test("problems are told for the camera, the microphone, or both", () => {
  const denied = { on: true, live: false, asking: false, problem: "denied" as const };
  const busy = { ...denied, problem: "busy" as const };
  assertEquals(troubleOf(en, { cam: DEVICE, mic: DEVICE }), undefined);
  assertEquals(
    troubleOf(en, { cam: denied, mic: denied })?.what,
    "Camera and microphone are blocked",
  );
  assertEquals(troubleOf(en, { cam: DEVICE, mic: denied })?.what, "The microphone is blocked");
  assertEquals(
    troubleOf(en, { cam: busy, mic: denied })?.what,
    "Another app is using the camera",
  );
  assertEquals(troubleOf(en, { cam: { ...denied, on: false }, mic: DEVICE }), undefined);
});

Deno.test("letters and colour come from any name", () => {
  assertEquals(initialsOf("Grandma Ilse"), "GI");
  assertEquals(initialsOf("anna"), "A");
  assertEquals(initialsOf("José María López"), "JL");
  assertEquals(initialsOf("<b>x</b>"), "BB");
  assertEquals(initialsOf("😀😀"), "");
  assertEquals(initialsOf(""), "");
  assertEquals(initialsOf("\u202Eevil"), "E");
  for (const name of ["", "Anna", "ابو محمد", "x".repeat(10_000), "\u{1F600}"]) {
    assert((FACE_COLOURS as readonly string[]).includes(colourOf(name)), name);
  }
  assertEquals(colourOf("Anna"), colourOf(" anna "));
  assertEquals(new Set(AVATARS).size, AVATARS.length);
});

Deno.test("white letters can be read on every colour", () => {
  for (const colour of FACE_COLOURS) {
    const [red, green, blue] = [1, 3, 5].map((at) => {
      const share = parseInt(colour.slice(at, at + 2), 16) / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    const contrast = 1.05 / (0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05);
    assert(contrast >= 4.5, `${colour}: ${contrast.toFixed(2)}`);
  }
});
