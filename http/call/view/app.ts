/**
 * The whole page: which view is shown, what is open over it, and how the page changes from one view
 * to the next. It draws the state of the call, and does not know how the call works.
 *
 * @module
 */

/// <reference lib="dom" />

import { fill, type Words } from "../lang/words.ts";
import type { Call, CallState } from "../state.ts";
import { makeAfter } from "./after.ts";
import { watchBackButton } from "./back.ts";
import { makeCallView } from "./call_view.ts";
import { makeChat } from "./chat.ts";
import { makeDevices } from "./devices.ts";
import { make } from "./dom.ts";
import { makeInvite } from "./invite.ts";
import { watchKeys } from "./keys.ts";
import { makeMenu } from "./menu.ts";
import { makeMirror } from "./mirror.ts";
import { makeModal } from "./modal.ts";
import { makeNotices } from "./notices.ts";
import { BESIDE, makePanel } from "./panel.ts";
import { makePeople } from "./people.ts";
import type { View } from "./view.ts";

/** Addresses that the views show. */
export interface Addresses {
  /** The address of the QR page, which a guest opens first. */
  readonly door: string;
  /** The address at which this page is a secure context; empty if it is not known. */
  readonly secure: string;
  /**
   * The address of a picture: the QR code of the door.
   *
   * @param room the key of the room into which the code leads; empty for the main room.
   */
  code(room: string): string;
}

/** How many characters of a message are announced to screen readers. */
const READ_OUT = 200;

/** A keyboard on the screen covers more than this many CSS pixels of the page's height. */
const KEYBOARD_HEIGHT = 60;

/** Draws the page into `place` now, and again after every change of the call. */
export function drawPage(place: HTMLElement, call: Call, words: Words, addresses: Addresses): void {
  document.documentElement.lang = words.tag;
  document.title = words.title;
  const back = watchBackButton();
  const beside = matchMedia(BESIDE);
  /** Whether the person has opened the mirror again after leaving. */
  let mirrorAfter = false;
  let view: View | undefined;
  let readMessages = 0;

  const chat = makeChat(call, words);
  const writeTo = (key: string) => {
    chat.writeTo(key);
    panel.open("chat");
  };
  const panel = makePanel(
    words,
    {
      chat,
      people: makePeople(words, writeTo),
      invite: makeInvite(words, addresses, false),
      devices: makeDevices(call, words),
    },
    back,
    () => call.state,
    () => coverChanged(),
  );
  const notices = makeNotices(
    call,
    words,
    () => panel.open("chat"),
    () => panel.current === "chat",
  );
  const menu = makeMenu(call, words, back, (name) => panel.open(name));
  const leave = () => {
    question.close();
    panel.close();
    call.leave();
  };
  const question = makeModal(
    "question",
    words.leaving.question,
    back,
    make("h2", { text: words.leaving.question }),
    make(
      "div",
      { class: "row" },
      make("button", {
        class: "primary",
        text: words.leaving.stay,
        attributes: { type: "button" },
        click: () => question.close(),
      }),
      make("button", {
        class: "danger",
        text: words.bar.leave,
        attributes: { type: "button" },
        click: leave,
      }),
    ),
  );
  const covered = () => panel.current !== undefined && !beside.matches;
  const mirror = makeMirror(call, words, () => addresses.secure, {
    devices: () => panel.open("devices"),
    roomChanged: () => {
      const { name } = call.state.room;
      history.replaceState(null, "", `#${encodeURIComponent(name)}`);
    },
  });
  const inCall = makeCallView(call, words, makeInvite(words, addresses, true), notices, {
    chat: () => panel.current === "chat" ? panel.close() : panel.open("chat"),
    people: () => panel.current === "people" ? panel.close() : panel.open("people"),
    more: () => {
      menu.update(call.state);
      menu.open();
    },
    leave,
    covered,
  });
  const after = makeAfter(call, words, () => {
    mirrorAfter = true;
    draw(call.state);
  });
  // All views stay in the document: a video that is taken out of it stops in Safari.
  const views = [mirror, inCall, after];
  for (const { root } of views) root.hidden = true;
  place.replaceChildren(
    ...views.map(({ root }) => root),
    panel.root,
    menu.root,
    question.root,
    notices.liveRegion,
  );

  const coverChanged = () => {
    place.classList.toggle("with-panel", panel.current !== undefined);
    if (view !== undefined) {
      view.root.inert = covered();
    }
    inCall.layOut();
  };
  beside.addEventListener("change", coverChanged);

  /** Removes the layer that makes the back button ask before it leaves the call. */
  let leftCall = () => {};
  const guardCall = () => {
    leftCall = back.opened(() => {
      guardCall();
      question.open();
    });
  };

  const viewOf = ({ phase }: CallState): View => {
    if (phase === "call") return inCall;
    // While the person joins again, the view after the call stays. The mirror does not flash up.
    const staysAfter = phase === "left" ? !mirrorAfter : view === after;
    return staysAfter ? after : mirror;
  };

  const draw = (state: CallState) => {
    if (state.phase === "call") mirrorAfter = false;
    const next = viewOf(state);
    next.update(state);
    if (next !== view) {
      const before = view;
      view = next;
      panel.close();
      menu.close();
      question.close();
      if (before === inCall) leftCall();
      if (next === inCall) guardCall();
      place.dataset.view = next === inCall ? "call" : next === after ? "after" : "mirror";
      if (before !== undefined) {
        before.update(state);
        before.root.hidden = true;
        before.shown(false);
      }
      next.root.hidden = false;
      next.shown(true);
      coverChanged();
    }
    panel.update(state);
    if (view !== inCall) notices.update(state);
    if (menu.shown) menu.update(state);
    readOut(state);
  };

  /** Announces new messages to screen readers while the chat is open. */
  const readOut = ({ chat: { messages } }: CallState) => {
    const newest = messages[messages.length - 1]?.n ?? 0;
    if (newest <= readMessages) return;
    if (panel.current === "chat") {
      for (const message of messages) {
        if (message.n <= readMessages || message.from === "me") continue;
        const said = message.parts.map(({ text }) => text).join("").slice(0, READ_OUT);
        notices.announce(fill("{name}: {said}", { name: message.name || words.guest, said }));
      }
    }
    readMessages = newest;
  };

  watchKeys(call, () => view === inCall && !menu.shown && !question.shown);
  addEventListener("hashchange", () => {
    const { phase } = call.state;
    if (phase === "mirror" || phase === "left") call.setRoom(roomOfHash(location.hash));
  });
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") panel.update(call.state);
  });
  document.addEventListener("fullscreenchange", () => menu.update(call.state));
  watchHeight();
  call.subscribe(draw);
  draw(call.state);
}

/**
 * The name of the room in the fragment of an address.
 *
 * @param hash the fragment, with or without its `#`. If its percent-encoding is broken, the room is
 *   the text as it is.
 */
export function roomOfHash(hash: string): string {
  const text = hash.replace(/^#/, "");
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/**
 * Makes the page as high as the part of the screen that a phone's keyboard leaves free. A style
 * sheet cannot do this, because it does not know of the keyboard.
 */
function watchHeight(): void {
  const viewport = globalThis.visualViewport;
  if (!viewport) return;
  const { style } = document.documentElement;
  const measure = () => {
    // If the person has zoomed in, the page keeps its size, so that it can be scrolled.
    if (viewport.scale > 1.01) return;
    const isOpen = innerHeight - viewport.height > KEYBOARD_HEIGHT;
    style.setProperty("--height", isOpen ? `${viewport.height}px` : "");
    document.documentElement.classList.toggle("keyboard", isOpen);
    if (isOpen) scrollTo(0, 0);
  };
  viewport.addEventListener("resize", measure);
  viewport.addEventListener("scroll", measure);
}
