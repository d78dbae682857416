/**
 * Draws the program's icon: three people (dots) around a hub, on a rounded square. The icon is drawn
 * for every build, so that the repository needs no picture file.
 *
 * @module
 */

/** The sizes that Windows shows, in pixels. */
const SIZES = [16, 32, 48, 64];

const BACKGROUND = [0x1d, 0x4e, 0xd8];
const FOREGROUND = [0xff, 0xff, 0xff];
/** Points are computed this many times in each direction, so that edges are smooth. */
const SAMPLES = 4;

/** Positions and sizes, as fractions of the width. */
const CORNER = 0.2;
const HUB = { x: 0.5, y: 0.5, radius: 0.13 };
const SPOKE_WIDTH = 0.05;
const GUESTS = [-90, 30, 150].map((degrees) => ({
  x: 0.5 + 0.31 * Math.cos(degrees * Math.PI / 180),
  y: 0.5 + 0.31 * Math.sin(degrees * Math.PI / 180),
  radius: 0.1,
}));

/** The icon as a Windows `.ico` file with uncompressed pictures. */
export function drawIcon(): Uint8Array<ArrayBuffer> {
  const pictures = SIZES.map(bitmapOf);
  const head = 6 + 16 * pictures.length;
  const file = new Uint8Array(pictures.reduce((sum, { length }) => sum + length, head));
  const view = new DataView(file.buffer);
  view.setUint16(2, 1, true); // an icon
  view.setUint16(4, pictures.length, true);
  let at = head;
  pictures.forEach((picture, i) => {
    const entry = 6 + 16 * i;
    file[entry] = file[entry + 1] = SIZES[i];
    view.setUint16(entry + 4, 1, true); // planes
    view.setUint16(entry + 6, 32, true); // bits per pixel
    view.setUint32(entry + 8, picture.length, true);
    view.setUint32(entry + 12, at, true);
    file.set(picture, at);
    at += picture.length;
  });
  return file;
}

/** One picture: a BITMAPINFOHEADER, BGRA pixels from the bottom up, and an empty mask. */
function bitmapOf(size: number): Uint8Array {
  const maskRow = Math.ceil(size / 32) * 4;
  const bytes = new Uint8Array(40 + size * size * 4 + size * maskRow);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, 40, true);
  view.setInt32(4, size, true);
  view.setInt32(8, 2 * size, true); // with the mask
  view.setUint16(12, 1, true);
  view.setUint16(14, 32, true);
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      const at = 40 + 4 * ((size - 1 - y) * size + x);
      const { inside, white } = coverage(x, y, size);
      for (let channel = 0; channel < 3; channel++) {
        const [back, front] = [BACKGROUND[2 - channel], FOREGROUND[2 - channel]];
        bytes[at + channel] = Math.round(back + (front - back) * white);
      }
      bytes[at + 3] = Math.round(255 * inside);
    }
  }
  return bytes;
}

/** How much of a pixel is inside the square, and how much of that is white: 0 to 1. */
function coverage(x: number, y: number, size: number): { inside: number; white: number } {
  let [inside, white] = [0, 0];
  for (let i = 0; i < SAMPLES * SAMPLES; i++) {
    const px = (x + (i % SAMPLES + 0.5) / SAMPLES) / size;
    const py = (y + (Math.floor(i / SAMPLES) + 0.5) / SAMPLES) / size;
    const dx = Math.max(0, Math.abs(px - 0.5) - 0.5 + CORNER);
    const dy = Math.max(0, Math.abs(py - 0.5) - 0.5 + CORNER);
    if (dx * dx + dy * dy > CORNER * CORNER) continue;
    inside++;
    const isWhite = [HUB, ...GUESTS].some((dot) =>
      (px - dot.x) ** 2 + (py - dot.y) ** 2 <= dot.radius ** 2
    ) || GUESTS.some((guest) => distanceToSpoke(px, py, guest) <= SPOKE_WIDTH / 2);
    if (isWhite) white++;
  }
  return { inside: inside / SAMPLES ** 2, white: inside === 0 ? 0 : white / inside };
}

/** How far a point is from the line between the hub and a guest. */
function distanceToSpoke(px: number, py: number, guest: { x: number; y: number }): number {
  const [dx, dy] = [guest.x - HUB.x, guest.y - HUB.y];
  const along = ((px - HUB.x) * dx + (py - HUB.y) * dy) / (dx * dx + dy * dy);
  const t = Math.min(1, Math.max(0, along));
  return Math.hypot(px - HUB.x - t * dx, py - HUB.y - t * dy);
}
