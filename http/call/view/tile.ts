/**
 * One tile: the picture of a person, or the initials on a colour, with name and signs. Its media
 * element also plays the person's sound. The stage decides where the tile is.
 *
 * A tile's elements are made once and never moved in the document: Safari pauses a video that is
 * moved.
 *
 * @module
 */

/// <reference lib="dom" />

import { fill, type Words } from "../lang/words.ts";
import type { PersonLink, Reaction } from "../state.ts";
import { attribute, make, placeElement, setText } from "./dom.ts";
import { makeIcon } from "./icons.ts";
import { fitPicture, type Rectangle } from "./layout.ts";
import { colourOf, initialsOf } from "./look.ts";

/** How long the last picture stays, dimmed, after a connection is lost, in milliseconds. */
const KEEP_PICTURE_MS = 10_000;
/** A tile narrower than this (CSS pixels) shows only the signs and the beginning of the name. */
const SMALL_WIDTH = 150;

/** Attributes of elements whose text is in the tile's label already. */
const HIDDEN = { "aria-hidden": "true" } as const;

/** What a tile shows, of this person or of another one. */
export interface TileContent {
  readonly name: string;
  /** The name without additions, for initials and colour; empty if the person has none. */
  readonly ownName: string;
  readonly avatar: string;
  readonly link: PersonLink;
  readonly muted: boolean;
  readonly picture: "none" | "camera" | "screen";
  readonly mirrored: boolean;
  readonly handRaised: boolean;
  readonly reaction?: Reaction;
  readonly speaking: boolean;
  readonly stream?: MediaStream;
  readonly large: boolean;
}

/** The events of a tile. */
export interface TileEvents {
  /** The person made the tile large, or small again. */
  chosen(): void;
  /** The browser plays only after a tap. */
  blocked(): void;
}

/** A tile in the document. */
export interface Tile {
  readonly root: HTMLElement;
  readonly video: HTMLVideoElement;
  update(content: TileContent, words: Words): void;
  /** Places the tile; undefined hides it. Its sound is played in both cases. */
  place(where: Rectangle | undefined): void;
  /** Shows how loud the person is, from 0 to 1. */
  setLevel(level: number): void;
  /** Plays again: in a tap, or when the page is visible again. */
  play(): void;
  remove(): void;
}

/**
 * Makes a tile.
 *
 * @param own whether it is this person's own tile, which makes no sound.
 */
export function makeTile(own: boolean, events: TileEvents): Tile {
  const video = make("video", {
    attributes: { playsinline: true, autoplay: true, "aria-hidden": "true" },
  });
  video.muted = own;
  const letters = make("span", { class: "letters" });
  const face = make("span", { class: "face", attributes: HIDDEN }, letters);
  const status = make("span", { class: "status", attributes: HIDDEN });
  const name = make("bdi", { class: "name" });
  const mutedSign = make("span", { class: "sign muted" }, makeIcon("micOff"));
  const plate = make("span", { class: "plate", attributes: HIDDEN }, mutedSign, name);
  const hand = make("span", { class: "sign hand", text: "✋", attributes: HIDDEN });
  const reaction = make("span", { class: "reaction", attributes: HIDDEN });
  const choose = make("button", {
    class: "choose",
    attributes: { type: "button" },
    click: () => events.chosen(),
  });
  const root = make(
    "div",
    { class: own ? "tile own" : "tile", attributes: { role: "group" } },
    video,
    face,
    plate,
    hand,
    reaction,
    status,
    choose,
  );

  let rectangle: Rectangle | undefined;
  let content: TileContent | undefined;
  let shownReaction = 0;
  let goneTimer: ReturnType<typeof setTimeout> | undefined;
  let keptTooLong = false;

  const play = () => {
    if (video.srcObject === null) return;
    video.play().catch((error: unknown) => {
      if ((error as { name?: unknown } | null)?.name === "NotAllowedError") events.blocked();
    });
  };

  const drawPicture = () => {
    const wanted = content !== undefined && content.picture !== "none" && !keptTooLong &&
      content.stream !== undefined && video.videoWidth > 0 && content.link !== "dialling";
    root.classList.toggle("pictured", wanted);
    if (rectangle === undefined) return;
    const picture = { width: video.videoWidth, height: video.videoHeight };
    const fit = content?.picture === "screen" ? "contain" : fitPicture(picture, rectangle);
    root.classList.toggle("contained", wanted && fit === "contain");
  };
  for (const event of ["loadeddata", "resize", "emptied"]) {
    video.addEventListener(event, drawPicture);
  }

  const drawLink = (link: PersonLink, words: Words) => {
    const mending = link === "shaky" || link === "redialling";
    const text = mending ? words.tile.mending : link === "dialling" ? words.tile.connecting : "";
    setText(status, text);
    root.classList.toggle("mending", mending);
    root.classList.toggle("waiting", text !== "");
    if (mending && goneTimer === undefined) {
      goneTimer = setTimeout(() => {
        keptTooLong = true;
        drawPicture();
      }, KEEP_PICTURE_MS);
    } else if (!mending) {
      clearTimeout(goneTimer);
      goneTimer = undefined;
      keptTooLong = false;
    }
  };

  return {
    root,
    video,
    play,
    update(next, words) {
      content = next;
      const { stream = null } = next;
      if (video.srcObject !== stream) {
        video.srcObject = stream;
        play();
      }
      const title = next.picture === "screen"
        ? own ? words.tile.yourScreen : fill(words.tile.screenOf, { name: next.name })
        : next.name;
      setText(name, title);
      const initials = initialsOf(next.ownName);
      setText(letters, next.avatar || initials || "☺");
      face.style.setProperty("--face", colourOf(next.ownName));
      root.classList.toggle("symbol", next.avatar !== "");
      root.classList.toggle("silent", next.muted);
      root.classList.toggle("raised", next.handRaised);
      root.classList.toggle("speaking", next.speaking && !next.muted);
      root.classList.toggle("mirrored", next.mirrored);
      root.classList.toggle("large", next.large);
      drawLink(next.link, words);
      if (next.reaction !== undefined && next.reaction.n !== shownReaction) {
        shownReaction = next.reaction.n;
        // A new element, so that its animation starts anew.
        reaction.replaceChildren(make("span", { text: next.reaction.emoji }));
      }
      root.classList.toggle("reacting", next.reaction !== undefined);
      const said = [title];
      if (next.muted) said.push(words.tile.muted);
      if (next.picture === "none") said.push(words.tile.camOff);
      if (next.handRaised) said.push(words.tile.hand);
      if (status.textContent) said.push(status.textContent);
      attribute(root, "aria-label", said.join(", "));
      attribute(choose, "aria-label", fill(words.tile.large, { name: next.name }));
      attribute(choose, "aria-pressed", next.large ? "true" : "false");
      attribute(
        choose,
        "title",
        next.large ? words.tile.notLarge : fill(words.tile.large, {
          name: next.name,
        }),
      );
      drawPicture();
    },
    place(where) {
      rectangle = where;
      root.classList.toggle("away", where === undefined);
      attribute(root, "aria-hidden", where === undefined ? "true" : undefined);
      choose.tabIndex = where === undefined ? -1 : 0;
      if (where === undefined) return;
      placeElement(root, where);
      root.style.setProperty("--side", `${Math.min(where.width, where.height)}px`);
      root.classList.toggle("small", where.width < SMALL_WIDTH);
      drawPicture();
    },
    setLevel(level) {
      if (!root.classList.contains("pictured")) {
        face.style.setProperty("--level", Math.min(1, Math.max(0, level)).toFixed(2));
      }
    },
    remove() {
      clearTimeout(goneTimer);
      video.srcObject = null;
      root.remove();
    },
  };
}
