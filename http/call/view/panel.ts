/**
 * The panel: the chat, the list of people, the invitation or the devices, one at a time. It is beside
 * the tiles in a wide window, and covers everything in a narrow one.
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

/** The content of the panel. */
export interface PanelContent {
  readonly root: HTMLElement;
  title(state: CallState): string;
  update(state: CallState): void;
  /** Called when it was opened. @returns what gets the focus instead of the heading. */
  opened?(): HTMLElement | undefined;
  /** Called when it was closed. */
  closed?(): void;
}

/** The panel in the document. */
export interface Panel {
  readonly root: HTMLElement;
  /** What is open; undefined while the panel is closed. */
  readonly current: PanelName | undefined;
  open(name: PanelName): void;
  close(): void;
  update(state: CallState): void;
}

/** Matches a window in which the panel is beside the tiles. The style sheet has this query too. */
export const BESIDE = "(min-width: 60rem)";

/**
 * Makes the panel.
 *
 * @param changed called after the panel was opened or closed.
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
