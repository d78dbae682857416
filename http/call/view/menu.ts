/**
 * The menu behind "More": reactions, the raised hand, and what is used seldom.
 *
 * @module
 */

/// <reference lib="dom" />

import type { Words } from "../lang/words.ts";
import { type Call, type CallState, REACTIONS } from "../state.ts";
import type { BackButton } from "./back.ts";
import { attribute, make, setText } from "./dom.ts";
import { type IconName, makeIcon } from "./icons.ts";
import { makeModal, type Modal } from "./modal.ts";
import type { PanelName } from "./panel.ts";

/** The menu in the document. */
export interface Menu extends Modal {
  update(state: CallState): void;
}

/**
 * Makes the menu.
 *
 * @param open opens a panel.
 */
export function makeMenu(
  call: Call,
  words: Words,
  back: BackButton,
  open: (panel: PanelName) => void,
): Menu {
  const text = words.more;
  const reactions = make(
    "div",
    { class: "reactions", attributes: { role: "group", "aria-label": text.reactions } },
    ...REACTIONS.map((emoji) =>
      make("button", {
        class: "round",
        text: emoji,
        attributes: { type: "button", "aria-label": words.reactions[emoji] ?? emoji },
        click: () => {
          call.react(emoji);
          modal.close();
        },
      })
    ),
  );
  const hand = makeItem("hand", text.hand, () => {
    call.raiseHand(!call.state.me.handRaised);
    modal.close();
  });
  const toPanel = (panel: PanelName) => () => {
    modal.close();
    open(panel);
  };
  const turn = makeItem("turn", text.turnCamera, () => {
    call.turnCamera();
    modal.close();
  });
  const full = makeItem("fullScreen", text.fullScreen, () => {
    modal.close();
    toggleFullScreen();
  });
  full.root.hidden = document.fullscreenEnabled !== true;
  const modal = makeModal(
    "menu",
    words.bar.more,
    back,
    make(
      "div",
      { class: "menu-list" },
      reactions,
      hand.root,
      makeItem("people", text.people, toPanel("people")).root,
      makeItem("invite", text.invite, toPanel("invite")).root,
      makeItem("settings", text.devices, toPanel("devices")).root,
      turn.root,
      full.root,
      makeItem("close", words.close, () => modal.close()).root,
      make("p", { class: "hint keys", text: words.bar.keys }),
    ),
  );

  return {
    ...modal,
    get shown() {
      return modal.shown;
    },
    update({ me, devices }) {
      setText(hand.label, me.handRaised ? text.handDown : text.hand);
      turn.root.hidden = !devices.canTurnCamera || !me.cam.live;
      const fullNow = document.fullscreenElement !== null;
      setText(full.label, fullNow ? text.fullScreenEnd : text.fullScreen);
      attribute(hand.root, "aria-pressed", me.handRaised ? "true" : "false");
    },
  };
}

function makeItem(icon: IconName, text: string, click: () => void) {
  const label = make("span", { text });
  const root = make(
    "button",
    { class: "item", attributes: { type: "button" }, click },
    makeIcon(icon),
    label,
  );
  return { root, label };
}

function toggleFullScreen(): void {
  const done = document.fullscreenElement === null
    ? document.documentElement.requestFullscreen()
    : document.exitFullscreen();
  done.catch(() => {});
}
