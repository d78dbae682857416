/**
 * The room line of the mirror: the name of the room, and a form to choose another one. It knows
 * nothing of devices and people.
 *
 * @module
 */

/// <reference lib="dom" />

import type { Words } from "../lang/words.ts";
import type { Call, CallState } from "../state.ts";
import { make, setText } from "./dom.ts";
import { NAME_LENGTH } from "./text.ts";

/**
 * Makes the room line.
 *
 * @param changed is called when the person has chosen a room.
 */
export function makeRoom(call: Call, words: Words, changed: () => void) {
  const text = words.mirror;
  const name = make("bdi", { class: "name" });
  const change = make("button", {
    class: "quiet small",
    text: text.changeRoom,
    attributes: { type: "button" },
    click: () => {
      input.value = call.state.room.name;
      setOpen(true);
      input.focus();
    },
  });
  const shown = make(
    "p",
    { class: "room" },
    make("span", { text: text.room + words.colon }),
    name,
    change,
  );
  const input = make("input", {
    attributes: {
      id: "room-name",
      type: "text",
      maxlength: NAME_LENGTH,
      placeholder: text.mainRoom,
      autocomplete: "off",
      enterkeyhint: "go",
      spellcheck: "false",
      dir: "auto",
      "aria-describedby": "room-hint",
    },
  });
  const form = make(
    "form",
    { class: "field" },
    make("label", { text: text.room, attributes: { for: "room-name" } }),
    make("div", { class: "line" }, input, make("button", { class: "quiet", text: text.roomTake })),
    make("p", { class: "hint", text: text.roomHint, attributes: { id: "room-hint" } }),
  );
  const setOpen = (on: boolean) => {
    form.hidden = !on;
    shown.hidden = on;
  };
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    call.setRoom(input.value.trim());
    changed();
    setOpen(false);
    change.focus();
  });
  form.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.isComposing) return;
    setOpen(false);
    change.focus();
  });
  setOpen(false);

  return {
    root: make("div", { class: "room-choice" }, shown, form),
    update({ room }: CallState) {
      setText(name, room.key === "" ? text.mainRoom : room.name || room.key);
    },
  };
}
