/// <reference lib="dom" />

import { assert, assertEquals } from "../support/assert.ts";
import { splitLinks } from "../../http/call/protocol/text_links.ts";
import {
  cleanAvatar,
  cleanName,
  cleanText,
  nameKey,
  roomKey,
} from "../../http/call/protocol/text.ts";

Deno.test("cleanName() keeps real names", () => {
  for (const name of ["Ann", "Zoë O'Neil", "小林", "محمد", "Ann 🦊", "नेहा", "D’Arcy <3"]) {
    assertEquals(cleanName(name), name);
  }
});

Deno.test("cleanName() makes one line of at most 40 characters", () => {
  assertEquals(cleanName("  a\n\t b\u2028c  "), "a b c");
  assertEquals([...cleanName("x".repeat(100_000))].length, 40);
  assertEquals([...cleanName("🦊".repeat(100))].length, 40);
});

Deno.test("cleanName() removes characters that change the writing direction or are invisible", () => {
  assertEquals(cleanName("a\u202Eb\u2066c\u200Bd\u0000e\u0007"), "abcde");
  assertEquals(cleanName("\u202E\u2067\u200F\u200D\u3164"), "");
  assertEquals(cleanName("a" + "\u0301".repeat(300)), "a" + "\u0301".repeat(4));
});

Deno.test("cleanName() returns nothing for values that are not text", () => {
  for (const value of [undefined, null, 7, true, {}, ["Ann"], { toString: () => "Ann" }]) {
    assertEquals(cleanName(value), "");
  }
});

Deno.test("A name that nobody sees is none, and what nobody sees makes no other name", () => {
  assertEquals(cleanName("\u2800\u2800"), "");
  assertEquals(cleanName("\u061ca"), "a");
  for (const hidden of ["\u200c", "\u200d", "\u200e", "\ufe0f", "\u034f", "\u{e0061}", "\u2800"]) {
    assertEquals(
      nameKey(cleanName(`A${hidden}nn${hidden}`)),
      nameKey("Ann"),
      encodeURIComponent(hidden),
    );
  }
});

Deno.test("cleanAvatar() takes one emoji and nothing else", () => {
  for (const emoji of ["🦊", "❤️", "🇨🇭", "👩‍🚀", "👍🏽", "1️⃣"]) {
    assertEquals(cleanAvatar(emoji), emoji);
    assertEquals(cleanAvatar(`${emoji}${emoji}<b>`), emoji);
  }
  for (const value of ["", "A", "7", "<img>", "https://example.org/a.png", 3, null, {}]) {
    assertEquals(cleanAvatar(value), "");
  }
});

Deno.test("cleanText() keeps lines and markup as text, and bounds the length", () => {
  assertEquals(cleanText("a\r\nb\n\n\n\nc"), "a\nb\n\nc");
  assertEquals(cleanText("<script>alert(1)</script>"), "<script>alert(1)</script>");
  const long = cleanText("y".repeat(256 * 1024));
  assertEquals(long.length, 8001);
  assert(long.endsWith("…"));
});

Deno.test("roomKey() is that of the wire contract", () => {
  assertEquals(roomKey("Bärbel's Garden, 2nd!"), "b-rbel-s-garden-2nd");
  assertEquals(roomKey("--- Cabin ---"), "cabin");
  assertEquals(roomKey("日本"), "");
  assertEquals(roomKey("x".repeat(60)).length, 40);
});

Deno.test("splitLinks() finds addresses and leaves the sentence around them", () => {
  assertEquals(splitLinks("See https://a.example/x(1)?q=2, or (http://b.example)."), [
    { text: "See " },
    { text: "https://a.example/x(1)?q=2", href: "https://a.example/x(1)?q=2" },
    { text: ", or (" },
    { text: "http://b.example", href: "http://b.example/" },
    { text: ")." },
  ]);
});

Deno.test("splitLinks() makes links only of http and https, and not of disguised hosts", () => {
  for (
    const text of [
      "javascript:alert(1)",
      "data:text/html,x",
      "https://",
      "https://bank.example@evil.example/",
      "https://b\u0430nk.example/",
      "https://bank\u2024example/",
      "http://0x7f.1/",
      "http://2130706433/",
      "https://bank.example\u200d.evil.example/",
      "file:///etc/passwd",
      "xhttps://a",
    ]
  ) {
    assertEquals(splitLinks(text), [{ text }], text);
  }
});

Deno.test("splitLinks() keeps links with ports, capitals and addresses in brackets", () => {
  for (
    const text of ["https://A.example:8443/x", "http://10.0.0.2:8080/", "http://[fe80::1]:80/"]
  ) {
    assertEquals(splitLinks(text), [{ text, href: new URL(text).href }]);
  }
});

Deno.test("splitLinks() loses nothing and stays fast with a text made of links", () => {
  const text = "http://a.b/ ".repeat(700) + "http://".repeat(500);
  const parts = splitLinks(text);
  assertEquals(parts.map((part) => part.text).join(""), text);
  assertEquals(parts.filter(({ href }) => href !== undefined).length, 50);
});
