/**
 * Where the tiles go: numbers in, rectangles out. It knows no document, no people and no video.
 *
 * @module
 */

/** A rectangle in CSS pixels, measured from the top left corner of the stage. */
export interface Rectangle {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** The space for tiles, in CSS pixels. */
export interface Space {
  readonly width: number;
  readonly height: number;
}

/** Where the tiles of a stage with one large tile go. */
export interface FocusLayout {
  readonly focus: Rectangle;
  /** The strip, for as many of the others as fit. */
  readonly strip: readonly Rectangle[];
  /**
   * The number of others that do not fit. If it is not 0, the last rectangle of the strip is for
   * this number, and no tile is there.
   */
  readonly hidden: number;
}

/** The widest shape of a tile, as width by height. */
const WIDEST = 16 / 9;
/** The narrowest shape of a tile in a space that is wider than high. */
const NARROWEST = 4 / 3;
/** The narrowest shape in a space that is higher than wide: that of a phone's upright picture. */
const NARROWEST_UPRIGHT = 3 / 4;
/** The least share of a picture's width that stays visible when its sides are cut off. */
const LEAST_WIDTH_SEEN = 0.4;
/** The least share of a picture's height that stays visible when it is cut off above and below. */
const LEAST_HEIGHT_SEEN = 0.6;
/** The least width of a tile in a strip, in CSS pixels, so that names can be read. */
const STRIP_MIN_WIDTH = 84;
/** The least height of a tile in a strip, in CSS pixels. */
const STRIP_MIN_HEIGHT = 63;

/**
 * Places `count` tiles of one size in rows, as large as possible: it tries every number of columns,
 * with shapes from 4:3 (3:4 in an upright space) to 16:9. A last row that is not full is centred. A
 * single tile gets all the space.
 *
 * @param gap CSS pixels between two tiles.
 */
export function layOutGrid(count: number, space: Space, gap: number): readonly Rectangle[] {
  if (count < 1) return [];
  if (count === 1) return [{ left: 0, top: 0, ...whole(space.width, space.height) }];
  const narrowest = space.height > space.width ? NARROWEST_UPRIGHT : NARROWEST;
  let best = { columns: 1, width: 0, height: 0 };
  for (let columns = 1; columns <= count; columns++) {
    const rows = Math.ceil(count / columns);
    const cellWidth = (space.width - gap * (columns - 1)) / columns;
    const cellHeight = (space.height - gap * (rows - 1)) / rows;
    const shape = Math.min(WIDEST, Math.max(narrowest, cellWidth / cellHeight));
    const width = Math.min(cellWidth, cellHeight * shape);
    const height = width / shape;
    if (width * height > best.width * best.height) best = { columns, width, height };
  }
  return placeRows(count, space, gap, best);
}

/**
 * Places one large tile in three quarters of the space, and `others` small ones in a strip. The
 * strip is at the right of a wide space, and at the bottom of an upright one.
 *
 * @param gap CSS pixels between two tiles.
 * @param shape width by height of a picture that has to be seen whole. The large tile is then no
 *   larger than the picture needs, and the strip gets the rest.
 */
export function layOutFocus(
  others: number,
  space: Space,
  gap: number,
  shape?: number,
): FocusLayout {
  if (others < 1) {
    return {
      focus: { left: 0, top: 0, ...whole(space.width, space.height) },
      strip: [],
      hidden: 0,
    };
  }
  const wide = space.width >= space.height;
  const needed = shape === undefined
    ? space
    : { width: space.height * shape, height: space.width / shape };
  const focus = wide
    ? whole(Math.min(space.width * 0.75 - gap / 2, needed.width), space.height)
    : whole(space.width, Math.min(space.height * 0.75 - gap / 2, needed.height));
  const strip = wide
    ? { width: space.width - focus.width - gap, height: space.height }
    : { width: space.width, height: space.height - focus.height - gap };
  const shown = Math.min(others, stripCapacity(strip, gap));
  const left = wide ? focus.width + gap : 0;
  const top = wide ? 0 : focus.height + gap;
  const cells = shown === 1 ? oneInStrip(strip) : layOutGrid(shown, strip, gap);
  return {
    focus: { left: 0, top: 0, ...focus },
    strip: cells.map((cell) => ({ ...cell, left: cell.left + left, top: cell.top + top })),
    hidden: shown < others ? others - shown + 1 : 0,
  };
}

/**
 * The place of this person's own small tile: the lower right corner. The tile is upright in an
 * upright space.
 *
 * @param gap CSS pixels to the edges of the space.
 * @param atTop whether to use the upper right corner, because something covers the lower one.
 */
export function layOutCorner(space: Space, gap: number, atTop: boolean): Rectangle {
  const upright = space.height > space.width;
  const shape = upright ? NARROWEST_UPRIGHT : NARROWEST;
  const limit = Math.min(space.width, space.height);
  const width = Math.round(Math.min(240, Math.max(72, limit * (upright ? 0.27 : 0.3))));
  const height = Math.round(width / shape);
  return {
    left: Math.max(0, space.width - width - gap),
    top: atTop ? gap : Math.max(0, space.height - height - gap),
    width,
    height,
  };
}

/**
 * The place of the tile of a single person: all the space. In an upright space its height is limited
 * so that a wide picture can fill it (see {@link fitPicture}).
 *
 * @param shape width by height of the picture; undefined while it is not known.
 */
export function layOutSingle(space: Space, shape?: number): Rectangle {
  const height = shape === undefined || space.width >= space.height
    ? space.height
    : Math.min(space.height, space.width / (shape * LEAST_WIDTH_SEEN));
  return {
    left: 0,
    top: Math.floor(Math.max(0, (space.height - height) / 2)),
    ...whole(space.width, height),
  };
}

/**
 * How a picture fills its tile: `cover` cuts edges off, `contain` shows all of it between bars. More
 * may be cut off at the sides than above and below, because a face is usually in the middle, and the
 * head near the top.
 *
 * @param picture the picture's own size in pixels; 0 while it is not known.
 */
export function fitPicture(picture: Space, tile: Space): "cover" | "contain" {
  if (!(picture.width > 0 && picture.height > 0 && tile.width > 0 && tile.height > 0)) {
    return "cover";
  }
  const seen = (tile.width / tile.height) / (picture.width / picture.height);
  return seen >= LEAST_WIDTH_SEEN && seen <= 1 / LEAST_HEIGHT_SEEN ? "cover" : "contain";
}

/** How many tiles of the least size a strip holds; at least one. */
function stripCapacity(strip: Space, gap: number): number {
  const columns = Math.floor((strip.width + gap) / (STRIP_MIN_WIDTH + gap));
  const rows = Math.floor((strip.height + gap) / (STRIP_MIN_HEIGHT + gap));
  return Math.max(1, columns) * Math.max(1, rows);
}

/** The place of a single tile in a strip: in the middle, with the shape of a picture. */
function oneInStrip(strip: Space): readonly Rectangle[] {
  const shape = Math.min(WIDEST, Math.max(NARROWEST_UPRIGHT, strip.width / strip.height));
  const width = Math.min(strip.width, strip.height * shape);
  return placeRows(1, strip, 0, { columns: 1, width, height: width / shape });
}

/** Rows of equal tiles in the middle of the space. The last row is centred too. */
function placeRows(
  count: number,
  space: Space,
  gap: number,
  tile: { columns: number; width: number; height: number },
): readonly Rectangle[] {
  const { columns } = tile;
  const { width, height } = whole(tile.width, tile.height);
  const rows = Math.ceil(count / columns);
  const top = (space.height - rows * height - gap * (rows - 1)) / 2;
  return Array.from({ length: count }, (_, index) => {
    const row = Math.floor(index / columns);
    const inRow = row === rows - 1 ? count - row * columns : columns;
    const left = (space.width - inRow * width - gap * (inRow - 1)) / 2;
    return {
      left: Math.floor(left + (index - row * columns) * (width + gap)),
      top: Math.floor(top + row * (height + gap)),
      width,
      height,
    };
  });
}

/** A size in whole pixels, never negative. */
function whole(width: number, height: number): Space {
  return { width: Math.max(0, Math.floor(width)), height: Math.max(0, Math.floor(height)) };
}
