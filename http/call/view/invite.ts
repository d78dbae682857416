/**
 * The invitation: the QR code and the address, large enough to be read across a table.
 *
 * @module
 */

/// <reference lib="dom" />

import type { Words } from "../lang/words.ts";
import type { CallState } from "../state.ts";
import { make, setText } from "./dom.ts";
import { makeIcon } from "./icons.ts";
import type { PanelContent } from "./panel.ts";

/** How long the button says that the address was copied, in milliseconds. */
const COPIED_MS = 4_000;

/** Where an invitation leads. */
export interface InviteAddresses {
  /** The address of the QR page, which a guest opens first. */
  readonly door: string;
  /** The address of the picture of its QR code, for the room with this key. */
  code(room: string): string;
}

/**
 * Makes the code and the address, for the panel or for the empty stage.
 *
 * @param compact whether to leave out the sentence at the top.
 */
export function makeInvite(
  words: Words,
  addresses: InviteAddresses,
  compact: boolean,
): PanelContent {
  const code = make("img", {
    class: "code",
    attributes: { alt: words.invite.code, width: 296, height: 296 },
  });
  const address = make("p", { class: "address", attributes: { dir: "ltr", translate: "no" } });
  let shown = "";

  const copyLabel = make("span", { text: words.invite.copy });
  const copy = make(
    "button",
    {
      class: "quiet copy",
      attributes: { type: "button" },
      // Nothing is awaited before the copy: Safari allows it only directly after the tap.
      click: () => {
        const done = () => {
          setText(copyLabel, words.invite.copied);
          setTimeout(() => setText(copyLabel, words.invite.copy), COPIED_MS);
        };
        navigator.clipboard.writeText(shown).then(done, () => selectText(address));
      },
    },
    makeIcon("copy"),
    copyLabel,
  );
  const send = make("button", {
    class: "quiet",
    text: words.invite.send,
    attributes: { type: "button" },
    click: () => void navigator.share({ url: shown }).catch(() => {}),
  });
  copy.hidden = navigator.clipboard === undefined;
  send.hidden = typeof navigator.share !== "function";
  const root = make(
    "div",
    { class: "invite" },
    ...(compact ? [] : [make("p", { class: "hint", text: words.invite.text })]),
    code,
    address,
    make("p", { class: "hint", text: words.invite.sameWifi }),
    make("div", { class: "row" }, copy, send),
  );

  return {
    root,
    title: () => words.invite.title,
    update({ room }: CallState) {
      const hash = room.key === "" ? "" : `#${room.key}`;
      if (addresses.door + hash === shown) return;
      shown = addresses.door + hash;
      // If the line is too long, it breaks before the room.
      address.replaceChildren(addresses.door, make("wbr"), hash);
      code.src = addresses.code(room.key);
    },
  };
}

/** Selects the text of an element, so that a person can copy it by hand. */
export function selectText(element: HTMLElement): void {
  const selection = getSelection();
  selection?.selectAllChildren(element);
}
