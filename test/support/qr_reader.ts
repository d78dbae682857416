/**
 * Reads QR codes from pictures, like a phone. It shares no code with the drawing of QR codes: jsQR
 * finds and decodes the modules.
 *
 * @module
 */

import jsqr from "jsqr";
import { assert, assertEquals } from "../assert.ts";

/** A picture in black and white, a row after the other. */
export interface Bitmap {
  readonly width: number;
  readonly height: number;
  /** 1 is dark. */
  readonly pixels: Uint8Array;
}

/** A join link of realistic length, with TURN, three networks and both names. */
export const REALISTIC_LINK = "https://kibitz.chat/?galaxy=g2|Xk3vP9aB|q8Zr2LmN5tYc7WdE1fGh4JkS|" +
  "mW3kq0cX-Qn5RrVd8sJ_1uYp7aTz2bGfH4eKiL6oNxE|3478,kibitz,u7Rk2pQx9Lm4Zt6Vw1Ys|" +
  "192.168.178.123~4711|192.168.137.100~4711|172.16.100.200~4711|" +
  "raspberrypi.local~4711|kbz-xk3vp9ab.local~4711";

/**
 * Decodes the code in a picture. A code with dark and light exchanged is not accepted, because many
 * phones cannot read it.
 *
 * @param scale pixels that a pixel of the picture is magnified to; jsQR wants some for each module.
 */
export function readQr({ width, height, pixels }: Bitmap, scale = 4): string | undefined {
  const options = { inversionAttempts: "dontInvert" } as const;
  const rgba = new Uint8ClampedArray(width * scale * height * scale * 4);
  for (let y = 0; y < height * scale; y++) {
    for (let x = 0; x < width * scale; x++) {
      const dark = pixels[Math.floor(y / scale) * width + Math.floor(x / scale)];
      const offset = (y * width * scale + x) * 4;
      rgba.set(dark ? [0, 0, 0, 255] : [255, 255, 255, 255], offset);
    }
  }
  return jsqr.default(rgba, width * scale, height * scale, options)?.data;
}

/** The light margin on each side of the dark pixels. */
export function margins(
  { width, height, pixels }: Bitmap,
): { left: number; top: number; right: number; bottom: number } {
  let [left, top, right, bottom] = [width, height, width, height];
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if (!pixels[y * width + x]) continue;
      left = Math.min(left, x);
      top = Math.min(top, y);
      right = Math.min(right, width - 1 - x);
      bottom = Math.min(bottom, height - 1 - y);
    }
  }
  return { left, top, right, bottom };
}

/** Draws an SVG element of paths made of M, H, V, h, v and z with whole numbers, in painting order. */
export function drawSvg(svg: string): Bitmap {
  const [, width, height] = svg.match(/viewBox="0 0 (\d+) (\d+)"/)!.map(Number);
  // Unpainted is grey: neither dark nor light.
  const pixels = new Uint8Array(width * height).fill(2);
  for (const [, attributes] of svg.matchAll(/<path ([^>]*)\/>/g)) {
    const ink = /fill="#fff"/.test(attributes) ? 0 : 1;
    if (ink === 1) assert(!/fill=/.test(attributes), `an unknown fill: ${attributes}`);
    fillPath(attributes.match(/ ?d="([^"]*)"/)![1], ink, { width, height, pixels });
  }
  assert(!pixels.includes(2), "a part of the picture is transparent");
  return { width, height, pixels };
}

/** Fills the rectangles of the subpaths. */
function fillPath(path: string, ink: number, { width, height, pixels }: Bitmap): void {
  let [x, y] = [0, 0];
  let corners: [number, number][] = [];
  const commands = [...path.matchAll(/([A-Za-z])([-\d ]*)/g)];
  assertEquals(commands.map(([whole]) => whole).join(""), path);
  for (const [, command, operands] of commands) {
    const [a, b] = operands.trim().split(" ").map(Number);
    if (command === "M") [x, y] = [a, b];
    else if (command === "H") x = a;
    else if (command === "V") y = a;
    else if (command === "h") x += a;
    else if (command === "v") y += a;
    else assertEquals(command, "z");
    if (command !== "z") {
      corners.push([x, y]);
      continue;
    }
    const xs = corners.map(([x]) => x), ys = corners.map(([, y]) => y);
    const [left, right] = [Math.min(...xs), Math.max(...xs)];
    const [top, bottom] = [Math.min(...ys), Math.max(...ys)];
    assertEquals(corners.length, 4, "a rectangle has four corners");
    assert(left >= 0 && top >= 0 && right <= width && bottom <= height, "painted outside");
    for (let row = top; row < bottom; row++) {
      pixels.fill(ink, row * width + left, row * width + right);
    }
    corners = [];
  }
}

/** The colours of a terminal by default. 1 is dark. */
export interface Theme {
  readonly paper: 0 | 1;
  readonly ink: 0 | 1;
}
export const DARK_TERMINAL: Theme = { paper: 1, ink: 0 };
export const LIGHT_TERMINAL: Theme = { paper: 0, ink: 1 };

/** The darkness of those colours in the 256-colour palette that themes do not change. */
const PALETTE: Readonly<Record<number, 0 | 1>> = { 16: 1, 231: 0 };

/** Half blocks: [upper half inked, lower half inked]. */
const HALVES: Readonly<Record<string, [boolean, boolean]>> = {
  " ": [false, false],
  "▀": [true, false],
  "▄": [false, true],
  "█": [true, true],
};

/**
 * Draws text like a terminal: each character is two pixels, one above the other. The border has the
 * theme's background colour, because a screen is larger than the text.
 */
export function drawTerminal(text: string, theme: Theme, border = 0): Bitmap {
  const lines = text.split("\n").map((line) => {
    let { paper, ink } = theme;
    const cells: [number, number][] = [];
    // deno-lint-ignore no-control-regex -- escape sequences are what this reads
    for (const [, sgr, char] of line.matchAll(/\x1b\[([\d;]*)m|([^])/g)) {
      if (char === undefined) ({ paper, ink } = select(sgr, theme, { paper, ink }));
      else {
        assert(char in HALVES, `an unknown character: ${JSON.stringify(char)}`);
        const [upper, lower] = HALVES[char];
        cells.push([upper ? ink : paper, lower ? ink : paper]);
      }
    }
    assertEquals({ paper, ink }, theme, "the line gives back the colours of the terminal");
    return cells;
  });
  const width = Math.max(...lines.map((line) => line.length)) + 2 * border;
  const height = 2 * lines.length + 2 * border;
  const pixels = new Uint8Array(width * height).fill(theme.paper);
  lines.forEach((cells, row) =>
    cells.forEach((halves, column) =>
      halves.forEach((dark, half) => {
        pixels[(border + 2 * row + half) * width + border + column] = dark;
      })
    )
  );
  return { width, height, pixels };
}

/** Follows a "select graphic rendition" sequence (ECMA-48 §8.3.117; 38;5;n and 48;5;n of xterm). */
function select(sgr: string, theme: Theme, now: Theme): Theme {
  const codes = sgr.split(";").map(Number);
  let { paper, ink } = now;
  while (codes.length > 0) {
    const code = codes.shift();
    if (code === 0) ({ paper, ink } = theme);
    else {
      assert(code === 38 || code === 48, `an unknown rendition: ${sgr}`);
      const [mode, color] = codes.splice(0, 2);
      assertEquals(mode, 5);
      assert(color in PALETTE, `a colour that themes may change: ${color}`);
      if (code === 38) ink = PALETTE[color];
      else paper = PALETTE[color];
    }
  }
  return { paper, ink };
}
