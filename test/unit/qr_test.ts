import jsqr from "jsqr";
import { inflateSync } from "node:zlib";
import { qrPng, qrSvg, qrTerminal } from "../../http/qr.ts";
import { assert, assertEquals } from "../assert.ts";

/** A link with everything in it: TURN, three addresses, two names. */
const LINK = "https://kibitz.chat/?galaxy=g2|wbxlanhub01|774B1GNZgs48OidH45A7DZx|" +
  "iMQvZo7x61ukUXjDvSJnKmr3PFy6iDvHSa9XV3mb_kA|3478,wblan,Sp64SHsXMZOdzT6rgYcF|" +
  "192.168.178.142~4711|10.142.110.101~4711|172.16.100.101~4711|" +
  "raspberrypi-upstairs.local~4711|kbz-wbxlanhu.local~4711";

/** Rows of pixels, true for dark. */
type Pixels = boolean[][];

/** jsqr's function; its types and its CommonJS export do not agree on where it is. */
const decodeRgba = jsqr as unknown as (
  rgba: Uint8ClampedArray,
  width: number,
  height: number,
  options: { inversionAttempts: "dontInvert" },
) => { data: string } | null;

/** What a scanner reads in a picture, each module being `scale` pixels. */
function scan(pixels: Pixels, scale: number): string | undefined {
  const [width, height] = [pixels[0].length * scale, pixels.length * scale];
  const rgba = new Uint8ClampedArray(width * height * 4).fill(255);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if (!pixels[Math.floor(y / scale)][Math.floor(x / scale)]) continue;
      rgba.fill(0, (y * width + x) * 4, (y * width + x) * 4 + 3);
    }
  }
  return decodeRgba(rgba, width, height, { inversionAttempts: "dontInvert" })?.data;
}

/** Whether `width` pixels along every edge are light. */
function hasQuietZone(pixels: Pixels, width: number): boolean {
  const inside = (i: number, length: number) => i >= width && i < length - width;
  return pixels.every((row, y) =>
    row.every((dark, x) => !dark || (inside(x, row.length) && inside(y, pixels.length)))
  );
}

Deno.test("the SVG is the link, with its quiet zone", () => {
  const svg = qrSvg(LINK);
  const size = Number(/viewBox="0 0 (\d+) \1"/.exec(svg)![1]);
  const pixels: Pixels = Array.from({ length: size }, () => Array(size).fill(false));
  const path = /<path d="([^"]*)"/.exec(svg)![1];
  for (const [, x, y, width] of path.matchAll(/M(\d+) (\d+)h(\d+)v1h-\3z/g)) {
    pixels[Number(y)].fill(true, Number(x), Number(x) + Number(width));
  }
  assertEquals(path.replace(/M\d+ \d+h(\d+)v1h-\1z/g, ""), "");
  assertEquals(scan(pixels, 3), LINK);
  assert(hasQuietZone(pixels, 4));
});

Deno.test("the SVG says what it is, and no label can break out of it", () => {
  assert(qrSvg("x").includes(`role="img" aria-label="QR code of the join link"`));
  assert(qrSvg("x", `"><script>`).includes(`aria-label="&quot;>&lt;script>"`));
});

Deno.test("the PNG is the link, with its quiet zone", () => {
  const { pixels, scale } = decodePng(qrPng(LINK));
  assertEquals(scan(pixels, 1), LINK);
  assert(scale >= 8 && hasQuietZone(pixels, 4 * scale));
});

Deno.test("the terminal's code is the link on dark and light screens, whatever the theme", () => {
  const text = qrTerminal(LINK, { columns: 80, color: true })!;
  const lines = text.split("\n").map((line) => {
    const [, foreground, background, cells] =
      // deno-lint-ignore no-control-regex -- the escape sequences are what is tested
      /^\x1b\[38;5;(\d+);48;5;(\d+)m(.*)\x1b\[0m$/.exec(line)!;
    // 16 and 231 of the colour cube are black and white in every theme.
    assertEquals([foreground, background], ["16", "231"]);
    return cells;
  });
  // Ink is black, and where there is none paper is white.
  const pixels = pixelsOf(lines);
  assertEquals(scan(pixels, 3), LINK);
  assert(hasQuietZone(pixels.slice(0, pixels[0].length), 4));
});

Deno.test("without colours the terminal's code is drawn for a dark screen", () => {
  const text = qrTerminal(LINK, { columns: 80, color: false })!;
  // Ink is the light of the screen's letters, and where there is none the screen is dark.
  const pixels = pixelsOf(text.split("\n")).map((row) => row.map((ink) => !ink));
  assertEquals(scan(pixels.slice(0, pixels[0].length), 3), LINK);
});

Deno.test("the longest link fits 80 columns, and a terminal that is too narrow gets none", () => {
  const text = qrTerminal(LINK, { columns: 80, color: false })!;
  const width = text.split("\n")[0].length;
  assert(width <= 80, `${width} columns`);
  assertEquals(qrTerminal(LINK, { columns: width, color: true }) !== undefined, true);
  assertEquals(qrTerminal(LINK, { columns: width - 1, color: true }), undefined);
});

/** Half blocks as pixels, true for ink. */
function pixelsOf(lines: readonly string[]): Pixels {
  return lines.flatMap((line) => [
    Array.from(line, (char) => char === "▀" || char === "█"),
    Array.from(line, (char) => char === "▄" || char === "█"),
  ]);
}

/** Reads a greyscale PNG of one bit per pixel (RFC 2083), without a PNG library. */
function decodePng(file: Uint8Array): { pixels: Pixels; scale: number } {
  const view = new DataView(file.buffer, file.byteOffset);
  assertEquals(view.getUint32(0), 0x89504e47);
  const side = view.getUint32(16);
  assertEquals([view.getUint32(20), ...file.subarray(24, 29)], [side, 1, 0, 0, 0, 0]);
  const dataLength = view.getUint32(33);
  assertEquals(new TextDecoder().decode(file.subarray(37, 41)), "IDAT");
  const rows = inflateSync(file.subarray(41, 41 + dataLength));
  const rowLength = 1 + Math.ceil(side / 8);
  const pixels = Array.from({ length: side }, (_, y) => {
    assertEquals(rows[y * rowLength], 0, "no filter");
    return Array.from(
      { length: side },
      (_, x) => (rows[y * rowLength + 1 + (x >> 3)] & (0x80 >> (x & 7))) === 0,
    );
  });
  // The corner mark's first row is seven modules of dark.
  const top = pixels.findIndex((row) => row.includes(true));
  const first = pixels[top].indexOf(true);
  const scale = (pixels[top].indexOf(false, first) - first) / 7;
  return { pixels, scale };
}
