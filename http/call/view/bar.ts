/**
 * The bar of the call: buttons for the list of people, microphone, camera, screen, chat, the menu,
 * and leaving. On a phone held sideways it hides after a few seconds. Signs show then if microphone
 * or camera are off.
 *
 * @module
 */

/// <reference lib="dom" />

import { plural, type Words } from "../lang/words.ts";
import type { CallCommands, CallState, OwnDevice } from "../state.ts";
import { attribute, make, setText } from "./dom.ts";
import { type IconName, makeIcon, setIcon } from "./icons.ts";

/** How long the bar stays visible on a phone held sideways, in milliseconds. */
const HIDE_AFTER_MS = 4_000;
/** Matches a phone held sideways, where the bar covers the tiles. The style sheet has this query too. */
export const SIDEWAYS = "(orientation: landscape) and (max-height: 30rem) and (pointer: coarse)";

/** A button of the bar: a picture above a word. */
export interface BarButton {
  readonly root: HTMLButtonElement;
  /** A small sign at its corner. The style sheet shows the text of its attribute `data-text`. */
  readonly badge: HTMLElement;
  show(icon: IconName, label: string): void;
}

/** The events of the bar. */
export interface BarEvents {
  chat(): void;
  more(): void;
  people(): void;
  leave(): void;
  /** Whether something covers the call. The bar stays visible then. */
  busy(): boolean;
}

/** The bar in the document. */
export interface Bar {
  readonly root: HTMLElement;
  /** Signs for a microphone and a camera that are off, shown while the bar is hidden. */
  readonly signs: HTMLElement;
  update(state: CallState): void;
  /** Shows the bar again for a while. @returns whether it was hidden. */
  wake(): boolean;
}

/**
 * Makes a button of the bar.
 *
 * @param kind its class in the style sheet; empty for none.
 */
export function makeBarButton(
  icon: IconName,
  label: string,
  kind: string,
  click: () => void,
): BarButton {
  const drawing = makeIcon(icon);
  const text = make("span", { class: "label", text: label });
  const badge = make("span", { class: "badge", attributes: { "aria-hidden": "true" } });
  badge.hidden = true;
  const circle = make("span", { class: "circle" }, drawing, badge);
  const root = make(
    "button",
    { class: `bar-button ${kind}`, attributes: { type: "button" }, click },
    circle,
    text,
  );
  return {
    root,
    badge,
    show(nextIcon, nextLabel) {
      setIcon(drawing, nextIcon);
      setText(text, nextLabel);
    },
  };
}

/** Makes the bar. */
export function makeBar(call: CallCommands, words: Words, events: BarEvents): Bar {
  let state: CallState | undefined;
  const mic = makeBarButton("mic", words.bar.mic, "toggle", () => {
    if (state === undefined) return;
    toggle(state.me.mic, (on) => call.setMic(on), call);
  });
  const cam = makeBarButton("cam", words.bar.cam, "toggle", () => {
    if (state === undefined) return;
    toggle(state.me.cam, (on) => call.setCamera(on), call);
  });
  const share = makeBarButton("share", words.bar.share, "", () => {
    if (state?.me.sharing === true) call.stopShare();
    else call.startShare();
  });
  const chat = makeBarButton("chat", words.bar.chat, "", events.chat);
  const people = makeBarButton("people", words.more.people, "who", events.people);
  const more = makeBarButton("more", words.bar.more, "", events.more);
  const leave = makeBarButton("leave", words.bar.leave, "leave", events.leave);
  const micSign = make("span", { class: "sign" }, makeIcon("micOff"));
  const camSign = make("span", { class: "sign" }, makeIcon("camOff"));
  const signs = make(
    "div",
    { class: "own-signs", attributes: { "aria-hidden": "true" } },
    micSign,
    camSign,
  );
  attribute(more.root, "aria-haspopup", "dialog");
  attribute(mic.root, "aria-keyshortcuts", "m");
  attribute(cam.root, "aria-keyshortcuts", "v");
  const root = make(
    "div",
    { class: "bar", attributes: { role: "group", "aria-label": words.bar.label } },
    people.root,
    make("div", { class: "bar-middle" }, mic.root, cam.root, share.root, chat.root, more.root),
    leave.root,
  );

  const sideways = matchMedia(SIDEWAYS);
  let timer: ReturnType<typeof setTimeout> | undefined;
  const wake = () => {
    const hidden = root.classList.contains("hidden");
    root.classList.remove("hidden");
    clearTimeout(timer);
    if (sideways.matches) timer = setTimeout(hide, HIDE_AFTER_MS);
    return hidden;
  };
  const hide = () => {
    const used = root.matches(":focus-within") && root.querySelector(":focus-visible") !== null;
    if (used || events.busy()) wake();
    else root.classList.add("hidden");
  };
  sideways.addEventListener("change", wake);
  root.addEventListener("focusin", wake);

  return {
    root,
    signs,
    wake,
    update(next) {
      state = next;
      drawDevice(mic, next.me.mic, "mic", words.bar.mic);
      drawDevice(cam, next.me.cam, "cam", words.bar.cam);
      mic.root.classList.toggle("asking", next.me.mic.asking);
      cam.root.classList.toggle("asking", next.me.cam.asking);
      micSign.hidden = next.me.mic.live;
      camSign.hidden = next.me.cam.live;
      share.root.hidden = !next.devices.canShare;
      share.show("share", next.me.sharing ? words.bar.stopShare : words.bar.share);
      share.root.classList.toggle("active", next.me.sharing);
      const { unread } = next.chat;
      chat.badge.hidden = unread === 0;
      attribute(chat.badge, "data-text", unread > 99 ? "99+" : unread);
      const news = unread === 0 ? "" : `, ${plural(words.tag, words.bar.unread, unread)}`;
      attribute(chat.root, "aria-label", words.bar.chat + news);
      const count = next.people.length + 1;
      people.badge.hidden = false;
      attribute(people.badge, "data-text", count);
      attribute(people.root, "aria-label", words.more.people + words.colon + count);
    },
  };
}

/** Switches a device on or off. If the person wants it and it has a problem, asks for it again. */
export function toggle(
  device: OwnDevice,
  set: (on: boolean) => void,
  call: Pick<CallCommands, "restartDevices">,
): void {
  if (device.on && device.problem !== undefined) call.restartDevices();
  else set(!device.on);
}

/** Draws the button of a device: pressed while the device is wanted and has no problem. */
export function drawDevice(
  button: BarButton,
  device: OwnDevice,
  icon: "mic" | "cam",
  label: string,
): void {
  const works = device.on && device.problem === undefined;
  button.show(works ? icon : `${icon}Off`, label);
  attribute(button.root, "aria-pressed", works ? "true" : "false");
  button.badge.hidden = !device.on || works;
  attribute(button.badge, "data-text", "!");
}
