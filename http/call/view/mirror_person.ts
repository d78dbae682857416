/**
 * The part of the mirror where a person enters a name and chooses a symbol. It knows nothing of
 * devices and rooms.
 *
 * @module
 */

/// <reference lib="dom" />

import type { Words } from "../lang/words.ts";
import type { Call, CallState } from "../state.ts";
import { attribute, make, setText } from "./dom.ts";
import { makeIcon } from "./icons.ts";
import { AVATARS, colourOf, initialsOf } from "./look.ts";
import { NAME_LENGTH } from "./text.ts";

/** Makes the fields for the name and the symbol. */
export function makePerson(call: Call, words: Words) {
  const text = words.mirror;
  const name = make("input", {
    attributes: {
      id: "own-name",
      type: "text",
      maxlength: NAME_LENGTH,
      placeholder: text.nameExample,
      autocomplete: "given-name",
      autocapitalize: "words",
      enterkeyhint: "done",
      spellcheck: "false",
      dir: "auto",
    },
  });
  name.addEventListener("input", () => call.setName(name.value));
  name.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.isComposing) name.blur();
  });
  const letters = make("span", { class: "letters" });
  const face = make("span", { class: "face", attributes: { "aria-hidden": "true" } }, letters);
  const open = make(
    "button",
    {
      class: "face-button",
      attributes: { type: "button", "aria-expanded": "false", "aria-controls": "symbols" },
      click: () => setOpen(choices.hidden === true),
    },
    face,
    make("span", { class: "pen" }, makeIcon("pen")),
  );
  const choices = make("div", {
    class: "symbols",
    attributes: { id: "symbols", role: "group", "aria-label": text.avatar },
  });
  choices.hidden = true;
  const setOpen = (on: boolean) => {
    choices.hidden = !on;
    attribute(open, "aria-expanded", on ? "true" : "false");
  };
  const buttons = ["", ...AVATARS].map((symbol) => {
    const one = make("button", {
      class: "symbol-choice",
      text: symbol,
      attributes: { type: "button", "aria-label": symbol === "" ? text.letters : undefined },
      click: () => {
        call.setAvatar(symbol);
        setOpen(false);
        open.focus();
      },
    });
    return { symbol, one };
  });
  choices.append(...buttons.map(({ one }) => one));

  return {
    root: make(
      "div",
      { class: "person" },
      open,
      make(
        "div",
        { class: "field" },
        make("label", { text: text.name, attributes: { for: "own-name" } }),
        name,
      ),
      choices,
    ),
    update({ me }: CallState) {
      if (document.activeElement !== name && name.value !== me.name) name.value = me.name;
      setText(letters, me.avatar || initialsOf(me.name) || "☺");
      face.classList.toggle("symbol", me.avatar !== "");
      face.style.setProperty("--face", colourOf(me.name));
      attribute(open, "aria-label", text.avatar);
      for (const { symbol, one } of buttons) {
        attribute(one, "aria-pressed", symbol === me.avatar ? "true" : "false");
      }
    },
  };
}
