/**
 * The view after the call: who is still in the room, and a button to join again.
 *
 * @module
 */

/// <reference lib="dom" />

import type { Words } from "../lang/words.ts";
import type { Call } from "../state.ts";
import { make, setText } from "./dom.ts";
import { makeIcon } from "./icons.ts";
import type { View } from "./view.ts";
import { sentenceAbout } from "./text.ts";

/**
 * Makes the view after the call.
 *
 * @param change called when the person wants to change the settings first, which the mirror shows.
 */
export function makeAfter(call: Call, words: Words, change: () => void): View {
  const title = make("h1", { text: words.after.title, attributes: { tabindex: -1 } });
  const who = make("p", { class: "there" });
  const again = make("button", {
    class: "primary",
    attributes: { type: "button" },
    click: () => call.join(),
  });
  const root = make(
    "main",
    { class: "after" },
    make("span", { class: "wave" }, makeIcon("hand")),
    title,
    who,
    again,
    make("button", {
      class: "quiet",
      text: words.after.settings,
      attributes: { type: "button" },
      click: change,
    }),
  );
  return {
    root,
    shown(on) {
      if (on) title.focus();
    },
    update({ people, hub, phase }) {
      setText(again, phase === "joining" ? words.mirror.joining : words.after.again);
      again.disabled = phase === "joining";
      setText(
        who,
        people.length === 0
          ? words.after.nobody
          : sentenceAbout(words, words.after.stillThere, people),
      );
      who.hidden = hub.link !== "joined";
    },
  };
}
