/**
 * A small window over everything, with a few buttons: the menu, and the question before leaving. The
 * browser keeps the focus inside while it is open, and returns it afterwards.
 *
 * @module
 */

/// <reference lib="dom" />

import type { BackButton } from "./back.ts";
import { make } from "./dom.ts";

/** A modal window in the document. */
export interface Modal {
  readonly root: HTMLDialogElement;
  readonly shown: boolean;
  open(): void;
  close(): void;
}

/** Makes a modal window. A tap beside it, Escape and the back button close it. */
export function makeModal(
  kind: string,
  label: string,
  back: BackButton,
  ...children: Node[]
): Modal {
  const root = make("dialog", { class: kind, attributes: { "aria-label": label } }, ...children);
  let left = () => {};
  const close = () => {
    if (typeof root.close !== "function") root.removeAttribute("open");
    else if (root.open) root.close();
  };
  root.addEventListener("close", () => left());
  root.addEventListener("click", (event) => {
    if (event.target === root) close();
  });
  return {
    root,
    get shown() {
      return root.open;
    },
    open() {
      if (root.open) return;
      left = back.opened(close);
      // Browsers from before 2022 have no modal windows. The menu still works there.
      if (typeof root.showModal === "function") root.showModal();
      else root.setAttribute("open", "");
    },
    close,
  };
}
