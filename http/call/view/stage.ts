/**
 * The stage: all tiles, and where they are. `focus.ts` decides which one is large.
 *
 * @module
 */

/// <reference lib="dom" />

import { plural, type Words } from "../lang/words.ts";
import type { Call, CallState, Person } from "../state.ts";
import { SIDEWAYS } from "./bar.ts";
import { attribute, make, placeElement, setText } from "./dom.ts";
import { Focus, ME } from "./focus.ts";
import { layOutCorner, layOutFocus, layOutGrid, layOutSingle, type Rectangle } from "./layout.ts";
import { nameOf } from "./text.ts";
import { makeTile, type Tile, type TileContent } from "./tile.ts";

/** With up to this many people, this person included, the own tile is small and in the corner. */
const CORNER_UP_TO = 4;
/** Space between tiles, in CSS pixels. */
const GAP = 8;
/** The size that is requested for a shared screen that has no place yet, in CSS pixels. */
const AWAITED = { width: 320, height: 180 };
/** In an upright space lower than this (CSS pixels), the invitation needs the own tile's place. */
const SHORT = 560;

/** The stage in the document. */
export interface Stage {
  readonly root: HTMLElement;
  update(state: CallState): void;
  setLevels(levels: ReadonlyMap<string, number>): void;
  /** Plays all tiles again: in a tap, or when the page is visible again. */
  play(): void;
  /** Places the tiles, after the size or what covers the stage has changed. */
  layOut(): void;
}

/** The events of the stage. */
export interface StageEvents {
  showPeople(): void;
  /** Whether something covers the whole stage. No pictures are requested then. */
  covered(): boolean;
}

/**
 * Makes the stage.
 *
 * @param alone what is shown while nobody else is there.
 */
export function makeStage(
  call: Call,
  words: Words,
  alone: HTMLElement,
  events: StageEvents,
): Stage {
  const tiles = new Map<string, Tile>();
  const moreText = make("span");
  const more = make(
    "button",
    { class: "more-tiles", attributes: { type: "button" }, click: () => events.showPeople() },
    moreText,
  );
  const hear = make("button", {
    class: "primary hear",
    text: words.tile.tapToHear,
    attributes: { type: "button" },
    click: () => {
      root.closest<HTMLElement>("main")?.focus();
      play();
    },
  });
  more.hidden = true;
  hear.hidden = true;
  const root = make("div", { class: "stage" }, alone, more, hear);
  const sideways = matchMedia(SIDEWAYS);
  const size = { width: 0, height: 0 };
  let state = call.state;
  const focus = new Focus();
  let told = "";

  const play = () => {
    hear.hidden = true;
    for (const tile of tiles.values()) tile.play();
  };

  const tileOf = (key: string): Tile => {
    const known = tiles.get(key);
    if (known !== undefined) return known;
    const tile = makeTile(key === ME, {
      chosen: () => {
        focus.toggle(key);
        update(state);
      },
      blocked: () => hear.hidden = false,
    });
    if (key !== ME) call.attachOutput(tile.video);
    tile.video.addEventListener("resize", () => layOut());
    tiles.set(key, tile);
    root.insertBefore(tile.root, more);
    return tile;
  };

  /** Width by height of a person's picture; undefined while it is not known. */
  const shapeOf = (key: string): number | undefined => {
    const { videoWidth, videoHeight } = tileOf(key).video;
    return videoHeight > 0 ? videoWidth / videoHeight : undefined;
  };
  const sharesScreen = (key: string): boolean =>
    key === ME
      ? state.me.sharing
      : state.people.some((person) => person.key === key && person.picture === "screen");

  const layOut = () => {
    if (size.width === 0 || size.height === 0) return;
    const others = state.people.map(({ key }) => key);
    const places = new Map<string, Rectangle>();
    const large = focus.key;
    const ownInCorner = large === undefined
      ? others.length < CORNER_UP_TO
      : large !== ME && others.length === 1;
    let hidden = 0;
    const roomForCorner = others.length > 0 || size.width > size.height || size.height > SHORT;
    if (ownInCorner && roomForCorner) places.set(ME, layOutCorner(size, GAP, sideways.matches));
    if (large !== undefined) {
      const rest = [...others, ...(ownInCorner ? [] : [ME])].filter((key) => key !== large);
      const layout = layOutFocus(
        rest.length,
        size,
        GAP,
        sharesScreen(large) ? shapeOf(large) : undefined,
      );
      places.set(large, layout.focus);
      const shown = layout.hidden > 0 ? layout.strip.length - 1 : layout.strip.length;
      rest.slice(0, shown).forEach((key, index) => places.set(key, layout.strip[index]));
      hidden = layout.hidden;
      if (hidden > 0) placeElement(more, layout.strip[layout.strip.length - 1]);
    } else {
      const shown = ownInCorner ? others : [...others, ME];
      const cells = shown.length === 1
        ? [layOutSingle(size, shapeOf(shown[0]))]
        : layOutGrid(shown.length, size, GAP);
      shown.forEach((key, index) => places.set(key, cells[index]));
    }
    more.hidden = hidden === 0;
    setText(moreText, plural(words.tag, words.tile.moreTiles, hidden));
    for (const [key, tile] of tiles) {
      tile.place(places.get(key));
      tile.root.classList.toggle("corner", key === ME && ownInCorner);
      const covered = key === ME ? 0 : coveredWidth(places.get(key), places.get(ME));
      tile.root.style.setProperty("--covered", `${covered}px`);
    }
    tellShown(places);
  };

  /** Tells the call in which sizes the pictures of the others are shown, in device pixels. */
  const tellShown = (places: ReadonlyMap<string, Rectangle>) => {
    const scale = globalThis.devicePixelRatio || 1;
    const unseen = events.covered() || document.visibilityState === "hidden";
    const sizes = state.people.map(({ key, picture, sharing }) => {
      // A screen has to arrive before its tile becomes large, even if the tile has no place yet.
      const place = unseen || picture === "none"
        ? undefined
        : places.get(key) ?? (sharing ? AWAITED : undefined);
      return {
        key,
        width: Math.round((place?.width ?? 0) * scale),
        height: Math.round((place?.height ?? 0) * scale),
      };
    });
    const text = JSON.stringify(sizes);
    if (text === told) return;
    told = text;
    call.setShown(sizes);
  };

  const update = (next: CallState) => {
    state = next;
    focus.update(next.people);
    const keys = new Set([ME, ...next.people.map(({ key }) => key)]);
    for (const [key, tile] of tiles) {
      if (keys.has(key)) continue;
      tile.remove();
      tiles.delete(key);
    }
    tileOf(ME).update(ownContent(next, words, focus.key === ME), words);
    for (const person of next.people) {
      tileOf(person.key).update(contentOf(person, next, words, focus.key === person.key), words);
    }
    alone.hidden = next.people.length > 0;
    if (next.people.length === 0) hear.hidden = true;
    attribute(root, "data-people", next.people.length + 1);
    layOut();
  };

  new ResizeObserver(([entry]) => {
    size.width = entry.contentRect.width;
    size.height = entry.contentRect.height;
    layOut();
  }).observe(root);

  return {
    root,
    update,
    layOut,
    play,
    setLevels(levels) {
      for (const [key, tile] of tiles) tile.setLevel(levels.get(key) ?? 0);
    },
  };
}

function contentOf(person: Person, state: CallState, words: Words, large: boolean): TileContent {
  return {
    name: nameOf(words, person),
    ownName: person.name,
    avatar: person.avatar,
    link: person.link,
    muted: person.muted === true,
    picture: state.soundOnly ? "none" : person.picture,
    mirrored: false,
    handRaised: person.handRaised,
    reaction: person.reaction,
    speaking: person.speaking,
    stream: person.stream,
    large,
  };
}

function ownContent({ me, soundOnly }: CallState, words: Words, large: boolean): TileContent {
  const seen = me.preview !== undefined && (me.sharing || me.cam.live) && !soundOnly;
  return {
    name: words.you,
    ownName: me.name,
    avatar: me.avatar,
    link: "connected",
    muted: !me.mic.live,
    picture: !seen ? "none" : me.sharing ? "screen" : "camera",
    mirrored: me.mirrored,
    handRaised: me.handRaised,
    reaction: me.reaction,
    speaking: me.speaking,
    stream: me.preview,
    large,
  };
}

/** How many CSS pixels of a tile's lower edge, from the right, the own tile covers. */
function coveredWidth(tile: Rectangle | undefined, own: Rectangle | undefined): number {
  if (tile === undefined || own === undefined) return 0;
  const bottom = tile.top + tile.height;
  if (own.top >= bottom || own.top + own.height < bottom - GAP) return 0;
  return Math.max(0, tile.left + tile.width - Math.max(own.left, tile.left));
}
