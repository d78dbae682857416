import { encodeBlob, type HubBlob, isHost, parseBlob } from "../../relaycore/join_link/blob.ts";
import { joinLink, parseBase } from "../../relaycore/join_link/join_link.ts";
import { assert, assertEquals, assertThrows } from "../assert.ts";

const FP = "iMQvZo7x61ukUXjDvSJnKmr3PFy6iDvHSa9XV3mb_kA";
const HUB = { ufrag: "wbxlanhub01", pwd: "774B1GNZgs48OidH45A7DZx", fingerprint: FP };
const TURN = { port: 3478, username: "wblan", password: "Sp64SHsXMZOdzT6rgYcF" };
const ENDPOINTS = [
  { host: "192.168.1.7", port: 4711 },
  { host: "raspberrypi.local", port: 4711 },
];
const HEAD = `wbxlanhub01|774B1GNZgs48OidH45A7DZx|${FP}`;
const G1 = `g1|${HEAD}|192.168.1.7~4711|raspberrypi.local~4711`;
const G2 = `g2|${HEAD}|3478,wblan,Sp64SHsXMZOdzT6rgYcF|192.168.1.7~4711|raspberrypi.local~4711`;

Deno.test("a blob without TURN is a g1, with TURN a g2, both ways", () => {
  const [without, withTurn]: HubBlob[] = [
    { ...HUB, turn: undefined, endpoints: ENDPOINTS },
    { ...HUB, turn: TURN, endpoints: ENDPOINTS },
  ];
  assertEquals(encodeBlob(without), G1);
  assertEquals(encodeBlob(withTurn), G2);
  assertEquals(parseBlob(G1), without);
  assertEquals(parseBlob(G2), withTurn);
});

Deno.test("a guest rejects invalid blobs", () => {
  const bad = [
    "",
    "g1",
    `g1|${HEAD}`,
    `g0|${HEAD}|192.168.1.7~4711`,
    `G1|${HEAD}|192.168.1.7~4711`,
    `|${HEAD}|192.168.1.7~4711`,
    `g1||774B1GNZgs48OidH45A7DZx|${FP}|192.168.1.7~4711`,
    `g1|wbxlanhub01||${FP}|192.168.1.7~4711`,
    `g1|wbxlanhub01|774B1GNZgs48OidH45A7DZx||192.168.1.7~4711`,
    `g1|u|p|${FP.slice(1)}|192.168.1.7~4711`,
    `g1|u|p|${FP}A|192.168.1.7~4711`,
    `g1|u|p|${FP}=|192.168.1.7~4711`,
    `g1|u|p|${FP.replace("-", "+").replace("_", "/")}|192.168.1.7~4711`,
    `g1|u|p|${FP.slice(0, -1)}B|192.168.1.7~4711`, // bits beyond the 32nd byte
    `g1|${HEAD}|`,
    `g1|${HEAD}|nowhere`,
    `g2|${HEAD}|192.168.1.7~4711`,
    `g2|${HEAD}|3478,wblan|192.168.1.7~4711`,
    `g2|${HEAD}|3478,,x|192.168.1.7~4711`,
    `g2|${HEAD}|0,a,b|192.168.1.7~4711`,
    `g2|${HEAD}|3478,a,b,c|192.168.1.7~4711`,
    `g2|${HEAD}|3478,a,b`,
  ];
  for (const text of bad) assertEquals(parseBlob(text), undefined, text);
});

Deno.test("invalid endpoints are skipped, and the others keep their order", () => {
  const bad = [
    "1.2.3.4",
    "1.2.3.4~",
    "1.2.3.4~0",
    "1.2.3.4~65536",
    "1.2.3.4~NaN",
    "1.2.3.4~1e3",
    "1.2.3.4~+1",
    "1.2.3.4~ 1",
    "1.2.3.4~1~2",
    "~1",
    "1.2.3~1",
    "256.1.1.1~1",
    "a b.local~1",
    "a%20b.local~1",
    "<b>.local~1",
    "-a.local~1",
    ".local~1",
    "a..local~1",
    `${"a".repeat(64)}.local~1`,
    "\u0000~1",
    "__proto__~1",
    "[::1]~1",
  ];
  const blob = `g1|${HEAD}|b.local~2|${bad.join("|")}|192.168.1.7~1||`;
  assertEquals(parseBlob(blob)?.endpoints, [
    { host: "b.local", port: 2 },
    { host: "192.168.1.7", port: 1 },
  ]);
});

Deno.test("a huge blob is read or rejected without harm", () => {
  assertEquals(parseBlob("|".repeat(1_000_000)), undefined);
  assertEquals(parseBlob(`g1|${HEAD}|${"~".repeat(1_000_000)}`), undefined);
  assertEquals(parseBlob(`g1|${HEAD}${"|10.0.0.1~1".repeat(10_000)}`)?.endpoints.length, 10_000);
});

/** Numbers from 0 to below `n`, the same ones in every run (a linear congruential generator). */
function draws(seed: number): (n: number) => number {
  let state = seed;
  return (n) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor(state / 2 ** 32 * n);
  };
}

Deno.test("every encoded blob decodes to the same value", () => {
  const draw = draws(1);
  const text = (alphabet: string, length: number) =>
    Array.from({ length }, () => alphabet[draw(alphabet.length)]).join("");
  const letters = "ABCXYZabcxyz0189";
  for (let round = 0; round < 500; round++) {
    const blob: HubBlob = {
      ufrag: text(letters, 4 + draw(28)),
      pwd: text(letters, 22 + draw(40)),
      fingerprint: text(`${letters}-_`, 42) + text("AEIMQUYcgkosw048", 1),
      turn: draw(2) === 0 ? undefined : {
        port: 1 + draw(65_535),
        username: text(letters, 1 + draw(20)),
        password: text(letters, 1 + draw(40)),
      },
      endpoints: Array.from({ length: 1 + draw(8) }, () => ({
        host: draw(3) === 0
          ? `${text("abc019", 1 + draw(63))}.local`
          : `${1 + draw(223)}.${draw(256)}.${draw(256)}.${draw(256)}`,
        port: 1 + draw(65_535),
      })),
    };
    assertEquals(parseBlob(encodeBlob(blob)), blob);
  }
});

Deno.test("text that is almost a blob decodes to a valid blob or is rejected", () => {
  const draw = draws(2);
  const strange = ["|", "~", ",", ".", "%", "0", "NaN", "\u0000", "\n", "é", "__proto__", "g2"];
  let read = 0;
  for (let round = 0; round < 5_000; round++) {
    let text = draw(2) === 0 ? G1 : G2;
    for (let changes = 1 + draw(3); changes > 0; changes--) {
      const at = draw(text.length);
      text = text.slice(0, at) + strange[draw(strange.length)] + text.slice(at + draw(3));
    }
    const blob = parseBlob(text);
    if (blob === undefined) continue;
    read++;
    // A guest accepts any credentials that are not empty. The rest has to be valid.
    const plain = { ...blob, ufrag: "u", pwd: "p", turn: blob.turn && TURN };
    assertEquals(parseBlob(encodeBlob(plain)), plain, text);
  }
  assert(read > 500, `${read} of them were read`);
});

Deno.test("encoding throws if a value cannot be part of a blob", () => {
  const wrong: Partial<HubBlob>[] = [
    { ufrag: "" },
    { ufrag: "a|b" },
    { pwd: "a b" },
    { turn: { ...TURN, username: "a,b" } },
    { turn: { ...TURN, password: "" } },
    { turn: { ...TURN, port: 0 } },
    { turn: { ...TURN, password: "a+b" } },
    { endpoints: [] },
    { endpoints: [{ host: "a~b", port: 1 }] },
    { endpoints: [{ host: "10.0.0.1", port: 0 }] },
  ];
  for (const change of wrong) {
    assertThrows(() => encodeBlob({ ...HUB, endpoints: ENDPOINTS, ...change }), TypeError);
  }
});

Deno.test("hosts are IPv4 addresses that can be dialled, or names", () => {
  for (const host of ["192.168.1.7", "raspberrypi.local", "kbz-wbxlanhu.local", "a", "x1-2.y"]) {
    assertEquals(isHost(host), true, host);
  }
  for (const host of ["0.0.0.0", "224.0.0.1", "255.255.255.255", "1.2.3", "1.2.3.4.5", "", "a_b"]) {
    assertEquals(isHost(host), false, host);
  }
});

Deno.test("the link contains the site and the blob unchanged, and a browser can read it", () => {
  const link = joinLink("https://kibitz.chat", G2);
  assertEquals(link, `https://kibitz.chat/?galaxy=${G2}`);
  assertEquals(new URL(link).searchParams.get("galaxy"), G2);
});

Deno.test("a site is an http or https address and nothing more", () => {
  const good: [string, string][] = [
    ["https://kibitz.chat", "https://kibitz.chat"],
    ["https://kibitz.chat/", "https://kibitz.chat"],
    ["HTTP://Example.ORG:8080/a/b//", "http://example.org:8080/a/b"],
  ];
  for (const [text, base] of good) assertEquals(parseBase(text), base);
  const bad = ["", "kibitz.chat", "ftp://x", "https:x", "https://", "https://x?", "https://x#"]
    .concat([
      `https://x/${"a".repeat(512)}`,
      "https://u@x",
      "https://u:p@x",
      "https://a b",
      "javascript:1",
      "https:///x",
    ]);
  for (const text of bad) assertEquals(parseBase(text), undefined, text);
});
