/**
 * Where the tiles of a call go.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import {
  fitPicture,
  layOutCorner,
  layOutFocus,
  layOutGrid,
  layOutSingle,
  type Rectangle,
  type Space,
} from "../../http/call/view/layout.ts";

const GAP = 8;
const SPACES: readonly Space[] = [
  { width: 304, height: 470 },
  { width: 374, height: 740 },
  { width: 828, height: 374 },
  { width: 1264, height: 700 },
  { width: 2544, height: 1340 },
  { width: 3824, height: 2060 },
];

function overlap(a: Rectangle, b: Rectangle): boolean {
  return a.left < b.left + b.width && b.left < a.left + a.width &&
    a.top < b.top + b.height && b.top < a.top + a.height;
}

function assertPlaced(tiles: readonly Rectangle[], space: Space, hint: string): void {
  for (const [index, tile] of tiles.entries()) {
    assert(tile.width > 0 && tile.height > 0, `${hint}: tile ${index} has no area`);
    assert(tile.left >= 0 && tile.top >= 0, `${hint}: tile ${index} begins outside`);
    assert(tile.left + tile.width <= space.width, `${hint}: tile ${index} is too far right`);
    assert(tile.top + tile.height <= space.height, `${hint}: tile ${index} is too low`);
    for (const other of tiles.slice(index + 1)) assert(!overlap(tile, other), `${hint}: overlap`);
  }
}

function area(tiles: readonly Rectangle[]): number {
  return tiles.reduce((sum, { width, height }) => sum + width * height, 0);
}

Deno.test("the tiles of 1 to 30 people are inside the space and do not overlap", () => {
  for (const space of SPACES) {
    for (let count = 1; count <= 30; count++) {
      const tiles = layOutGrid(count, space, GAP);
      assertEquals(tiles.length, count);
      assertPlaced(tiles, space, `${count} in ${space.width}×${space.height}`);
    }
  }
});

Deno.test("all tiles of a grid are equal, and their shape is that of a picture", () => {
  for (const space of SPACES) {
    const narrowest = space.height > space.width ? 3 / 4 : 4 / 3;
    for (let count = 2; count <= 12; count++) {
      const tiles = layOutGrid(count, space, GAP);
      const [{ width, height }] = tiles;
      for (const tile of tiles) assertEquals([tile.width, tile.height], [width, height]);
      assert(width / height > narrowest - 0.05 && width / height < 16 / 9 + 0.05);
    }
  }
});

Deno.test("no other number of columns gives larger tiles of 16:9 or 4:3", () => {
  for (const space of SPACES) {
    for (let count = 2; count <= 12; count++) {
      const found = area(layOutGrid(count, space, GAP));
      for (const shape of [16 / 9, 4 / 3]) {
        for (let columns = 1; columns <= count; columns++) {
          const rows = Math.ceil(count / columns);
          const width = Math.min(
            (space.width - GAP * (columns - 1)) / columns,
            (space.height - GAP * (rows - 1)) / rows * shape,
          );
          // Tiles are whole pixels; an ideal one loses up to one on each side.
          const ideal = count * Math.max(0, width - 1) * Math.max(0, width / shape - 1);
          assert(
            found >= ideal - count,
            `${count} in ${space.width}×${space.height}, ${columns} columns`,
          );
        }
      }
    }
  }
});

Deno.test("a last row that is not full is centred", () => {
  const space = { width: 1264, height: 700 };
  const tiles = layOutGrid(5, space, GAP);
  const last = tiles.filter(({ top }) => top === tiles[4].top);
  assertEquals(last.length, 2);
  const left = last[0].left;
  const right = space.width - last[1].left - last[1].width;
  assert(Math.abs(left - right) <= 2);
});

Deno.test("one tile fills the space, and without people there are no tiles", () => {
  assertEquals(layOutGrid(1, { width: 300, height: 500 }, GAP), [
    { left: 0, top: 0, width: 300, height: 500 },
  ]);
  assertEquals(layOutGrid(0, { width: 300, height: 500 }, GAP), []);
});

Deno.test("a single tile in an upright space is as high as its picture", () => {
  const phone = { width: 374, height: 740 };
  for (const shape of [16 / 9, 4 / 3, 1, 3 / 4, 9 / 16]) {
    const tile = layOutSingle(phone, shape);
    assertPlaced([tile], phone, `${shape}`);
    assertEquals(fitPicture({ width: shape * 1000, height: 1000 }, tile), "cover");
  }
  assertEquals(layOutSingle(phone).height, 740);
  assertEquals(layOutSingle({ width: 1264, height: 700 }, 9 / 16).height, 700);
});

Deno.test("a large tile takes three quarters, and the strip is beside or below it", () => {
  const wide = layOutFocus(4, { width: 1264, height: 700 }, GAP);
  assertEquals(wide.focus, { left: 0, top: 0, width: 944, height: 700 });
  assert(wide.strip.every(({ left }) => left >= 952));
  const upright = layOutFocus(4, { width: 374, height: 740 }, GAP);
  assertEquals(upright.focus, { left: 0, top: 0, width: 374, height: 551 });
  assert(upright.strip.every(({ top }) => top >= 559));
});

Deno.test("a strip leaves out people who do not fit, and tells how many", () => {
  for (const space of SPACES) {
    for (let others = 0; others <= 30; others++) {
      const { focus, strip, hidden } = layOutFocus(others, space, GAP);
      assertPlaced([focus, ...strip], space, `${others} in ${space.width}×${space.height}`);
      assertEquals(strip.length - (hidden > 0 ? 1 : 0) + hidden, others);
      for (const { width } of strip) assert(width >= 60, `${width} in ${space.width}`);
    }
  }
  assertEquals(layOutFocus(11, { width: 304, height: 470 }, GAP).hidden > 0, true);
});

Deno.test("a shared screen gets no more room than its shape needs", () => {
  const { focus, strip } = layOutFocus(4, { width: 374, height: 740 }, GAP, 16 / 9);
  assertEquals(focus, { left: 0, top: 0, width: 374, height: 210 });
  assert(strip.every(({ top }) => top >= 218));
});

Deno.test("the own tile is in a corner on the right, inside the space", () => {
  for (const space of SPACES) {
    for (const atTop of [true, false]) {
      const tile = layOutCorner(space, GAP, atTop);
      assertPlaced([tile], space, `${space.width}×${space.height}`);
      assertEquals(tile.left + tile.width, space.width - GAP);
      assertEquals(atTop ? tile.top : space.height - tile.top - tile.height, GAP);
      assert(tile.width * tile.height < space.width * space.height / 6);
    }
  }
});

Deno.test("the sides of a picture may be cut off, but not the top", () => {
  const phone = { width: 360, height: 640 };
  const laptop = { width: 640, height: 360 };
  assertEquals(fitPicture(laptop, { width: 180, height: 240 }), "cover");
  assertEquals(fitPicture(laptop, { width: 390, height: 800 }), "contain");
  assertEquals(fitPicture(phone, { width: 400, height: 300 }), "contain");
  assertEquals(fitPicture(phone, { width: 180, height: 240 }), "cover");
  assertEquals(fitPicture({ width: 0, height: 0 }, { width: 180, height: 240 }), "cover");
});
