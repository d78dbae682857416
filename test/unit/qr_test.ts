/** All drawings of a QR code, read by an independent decoder. */

import { qrSvg, qrTerminal } from "../../http/qr.ts";
import { assert, assertEquals, assertMatch, assertStringIncludes } from "../assert.ts";
import {
  DARK_TERMINAL,
  drawSvg,
  drawTerminal,
  LIGHT_TERMINAL,
  margins,
  readQr,
  REALISTIC_LINK,
} from "../support/qr_reader.ts";

const QUIET = { left: 4, top: 4, right: 4, bottom: 4 };

/** Links from the shortest to one with all eight endpoints, so that codes of many sizes are read. */
const LINKS = [
  "https://kibitz.chat/?galaxy=g1|u|p|f|10.0.0.2~4711",
  "http://localhost:8000/?galaxy=g1|abcdEFGH|q8Zr2LmN5tYc7WdE1fGh4JkS|" +
  "mW3kq0cX-Qn5RrVd8sJ_1uYp7aTz2bGfH4eKiL6oNxE|192.168.1.23~4711|kbz-abcdefgh.local~4711",
  REALISTIC_LINK,
  `${REALISTIC_LINK}|10.200.100.200~4711|10.201.100.200~4711|` +
  `a-rather-long-name-for-a-hub-in-a-school.local~4711`,
];

Deno.test("the SVG scans as its link", () => {
  for (const link of LINKS) assertEquals(readQr(drawSvg(qrSvg(link))), link);
});

Deno.test("the SVG has a quiet zone of four modules on every side and is painted to its edges", () => {
  for (const link of LINKS) assertEquals(margins(drawSvg(qrSvg(link))), QUIET);
});

Deno.test("the SVG has an escaped label, and no fixed size", () => {
  const svg = qrSvg("x", `"><script>alert(1)</script>&`);
  const element = svg.match(/^<svg ([^>]*)>/)![1];
  assertStringIncludes(element, `aria-label="&quot;`);
  assertStringIncludes(svg, '&amp;"');
  assert(!svg.includes("<script"));
  assert(!/ (width|height)=/.test(` ${element}`));
  assertStringIncludes(qrSvg("x"), 'aria-label="QR code of the join link"');
});

Deno.test("in colour the terminal's code scans on a dark and on a light terminal", () => {
  for (const link of LINKS) {
    const text = qrTerminal(link, { columns: 200, color: true })!;
    for (const theme of [DARK_TERMINAL, LIGHT_TERMINAL]) {
      assertEquals(readQr(drawTerminal(text, theme, 6)), link);
    }
  }
});

Deno.test("in colour the terminal's code has a quiet zone", () => {
  for (const link of LINKS) {
    const text = qrTerminal(link, { columns: 200, color: true })!;
    const { bottom, ...others } = margins(drawTerminal(text, DARK_TERMINAL));
    assertEquals(others, { left: 4, top: 4, right: 4 });
    // The last character is two modules high, and the number of modules is odd.
    assertEquals(bottom, 5);
  }
});

Deno.test("without colour the terminal's code scans on a dark terminal and has no escape codes", () => {
  for (const link of LINKS) {
    const text = qrTerminal(link, { columns: 200, color: false })!;
    assertMatch(text, /^[ ▀▄█\n]+$/);
    assertEquals(readQr(drawTerminal(text, DARK_TERMINAL, 6)), link);
    // This also proves that the reader rejects a code with dark and light exchanged.
    assertEquals(readQr(drawTerminal(text, LIGHT_TERMINAL, 6)), undefined);
  }
});

Deno.test("without colour the quiet zone is drawn, and nothing beyond it", () => {
  const text = qrTerminal(REALISTIC_LINK, { columns: 200, color: false })!;
  const { width, height, pixels } = drawTerminal(text, DARK_TERMINAL);
  // The half of the last line below the code stays as dark as the terminal.
  assertEquals(height, width + 1);
  const code = { width, height: width, pixels: pixels.slice(0, width * width) };
  assertEquals(margins(code), QUIET);
  assert(pixels.slice(width * width).every((dark) => dark === 1));
});

Deno.test("a link with TURN, three addresses and two names fits a terminal of 80 columns", () => {
  for (const color of [true, false]) {
    const text = qrTerminal(REALISTIC_LINK, { columns: 80, color });
    assert(text !== undefined);
    assertEquals(readQr(drawTerminal(text, DARK_TERMINAL, 6)), REALISTIC_LINK);
  }
});

Deno.test("a terminal that is one column too narrow gets no code", () => {
  for (const color of [true, false]) {
    const text = qrTerminal(REALISTIC_LINK, { columns: 200, color })!;
    const { width } = drawTerminal(text, DARK_TERMINAL);
    assertEquals(qrTerminal(REALISTIC_LINK, { columns: width, color }), text);
    assertEquals(qrTerminal(REALISTIC_LINK, { columns: width - 1, color }), undefined);
    assertEquals(qrTerminal(REALISTIC_LINK, { columns: 0, color }), undefined);
  }
});

Deno.test("all lines of the terminal's code are equally wide, and the last has no newline", () => {
  const text = qrTerminal(REALISTIC_LINK, { columns: 80, color: false })!;
  const widths = text.split("\n").map((line) => line.length);
  assertEquals(new Set(widths).size, 1);
  assertEquals(widths.length, Math.ceil(widths[0] / 2));
});

Deno.test("a text that is too long for any code gives none", () => {
  assertEquals(qrTerminal("x".repeat(3000), { columns: 1000, color: true }), undefined);
});
