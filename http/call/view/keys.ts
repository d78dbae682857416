/**
 * Keys in the call: M for the microphone, V for the camera, and the space bar held down to talk.
 *
 * @module
 */

/// <reference lib="dom" />

import type { Call } from "../state.ts";
import { toggle } from "./bar.ts";

/**
 * Begins to listen.
 *
 * @param active whether keys are for the call at the moment.
 */
export function watchKeys(call: Call, active: () => boolean): void {
  let talking = false;
  const talk = (down: boolean) => {
    if (talking === down) return;
    talking = down;
    call.pushToTalk(down);
  };

  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (!active() || isTyping(event.target)) return;
    const { mic, cam } = call.state.me;
    if (event.key === " ") {
      // The space bar presses a button that has the focus by keyboard, but not one that was clicked.
      const button = event.target instanceof HTMLElement && event.target.closest("button, a");
      if (button && button.matches(":focus-visible")) return;
      event.preventDefault();
      if (!mic.on || talking) talk(true);
    } else if (event.repeat) {
      return;
    } else if (event.key === "m" || event.key === "M") {
      toggle(mic, (on) => call.setMic(on), call);
    } else if (event.key === "v" || event.key === "V") {
      toggle(cam, (on) => call.setCamera(on), call);
    }
  });
  addEventListener("keyup", (event) => {
    if (event.key === " ") talk(false);
  });
  // The page gets no event for a key that is released elsewhere.
  addEventListener("blur", () => talk(false));
  document.addEventListener("visibilitychange", () => talk(false));
}

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement &&
    (target.isContentEditable || target.closest("input, textarea, select, dialog[open]") !== null);
}
