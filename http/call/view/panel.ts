/**
 * The panel: chat, who is here, invitation or devices. Beside the tiles where there is room, over
 * everything where there is not. One at a time.
 *
 * @module
 */

/// <reference lib="dom" />

import type { Words } from "../lang/words.ts";
import type { CallState } from "../state.ts";
import type { BackButton } from "./back.ts";
import { attribute, make, setText } from "./dom.ts";
import { makeIcon } from "./icons.ts";

/** What can be in the panel. */
export type PanelName = "chat" | "people" | "invite" | "devices";

/** The inside of a panel. */
export interface PanelContent {
  readonly root: HTMLElement;
  title(state: CallState): string;
  update(state: CallState): void;
  /** It was opened. @returns what gets the focus instead of the heading. */
  opened?(): HTMLElement | undefined;
  closed?(): void;
}

/** The panel in the document. */
export interface Panel {
  readonly root: HTMLElement;
  /** What is open. */
  readonly current: PanelName | undefined;
  open(name: PanelName): void;
  close(): void;
  update(state: CallState): void;
}

/** From this width of the window on, the panel stands beside the tiles. Also in the style sheet. */
export const BESIDE = "(min-width: 60rem)";

/**
 * Makes the panel.
 *
 * @param changed is called after it was opened or closed.
 */
export function makePanel(
  words: Words,
  contents: Readonly<Record<PanelName, PanelContent>>,
  back: BackButton,
  state: () => CallState,
  changed: () => void,
): Panel {
  const title = make("h2", { attributes: { id: "panel-title", tabindex: -1 } });
  const place = make("div", { class: "panel-content" });
  const root = make(
    "section",
    { class: "panel", attributes: { "aria-labelledby": "panel-title" } },
    make(
      "header",
      {},
      title,
      make("button", {
        class: "round close",
        attributes: { type: "button", "aria-label": words.close, title: words.close },
        click: () => close(),
      }, makeIcon("close")),
    ),
    place,
  );
  root.hidden = true;
  let current: PanelName | undefined;
  let opener: Element | null = null;
  let left = () => {};

  const hide = () => {
    if (current === undefined) return;
    contents[current].closed?.();
    current = undefined;
    root.hidden = true;
    changed();
    if (opener instanceof HTMLElement && opener.isConnected) opener.focus();
    opener = null;
  };
  const close = () => {
    left();
    hide();
  };
  const draw = (now: CallState) => {
    if (current === undefined) return;
    setText(title, contents[current].title(now));
    contents[current].update(now);
  };

  root.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.isComposing) return;
    event.stopPropagation();
    close();
  });

  return {
    root,
    get current() {
      return current;
    },
    open(name) {
      if (current === undefined) {
        opener = document.activeElement;
        left = back.opened(hide);
      } else {
        contents[current].closed?.();
      }
      current = name;
      root.hidden = false;
      attribute(root, "data-panel", name);
      place.replaceChildren(contents[name].root);
      draw(state());
      changed();
      (contents[name].opened?.() ?? title).focus();
    },
    close,
    update: draw,
  };
}
