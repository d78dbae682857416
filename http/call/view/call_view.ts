/**
 * The view in the call: the stage, the bar, and lines about what has happened.
 *
 * @module
 */

/// <reference lib="dom" />

import type { Words } from "../lang/words.ts";
import type { Call, CallState } from "../state.ts";
import { makeBar } from "./bar.ts";
import { make, setText } from "./dom.ts";
import type { PanelContent } from "./panel.ts";
import type { Notices } from "./notices.ts";
import { makeStage } from "./stage.ts";
import type { View } from "./view.ts";

/** The events of the call's view. */
export interface CallViewEvents {
  chat(): void;
  people(): void;
  more(): void;
  leave(): void;
  /** Whether something covers the whole view. */
  covered(): boolean;
}

/** The call's view. */
export interface CallView extends View {
  /** Arranges the tiles anew, after something was opened or closed beside or over them. */
  layOut(): void;
}

/**
 * Makes the view in the call.
 *
 * @param invite what is shown while nobody else is there.
 */
export function makeCallView(
  call: Call,
  words: Words,
  invite: PanelContent,
  notices: Notices,
  events: CallViewEvents,
): CallView {
  const alone = make(
    "div",
    { class: "alone" },
    make("h2", { text: words.alone.title }),
    make("p", { text: words.alone.text }),
    invite.root,
  );
  const stage = makeStage(call, words, alone, {
    showPeople: events.people,
    covered: events.covered,
  });
  const bar = makeBar(call, words, { ...events, busy: events.covered });
  const hubText = make("p", {});
  const hub = make(
    "div",
    { class: "notice hub" },
    hubText,
    make("button", {
      class: "quiet small",
      text: words.hub.tryNow,
      attributes: { type: "button" },
      click: () => call.retryHub(),
    }),
  );
  hub.hidden = true;
  const sound = make("p", { class: "notice", text: words.soundOnly });
  const lines = make("div", { class: "lines" }, hub, sound, notices.root);
  const root = make(
    "main",
    { class: "call", attributes: { "aria-label": words.title, tabindex: -1 } },
    make("h1", { class: "unseen", text: words.title }),
    stage.root,
    lines,
    bar.root,
    bar.signs,
  );
  let endLevels: (() => void) | undefined;

  // On a phone held sideways, the first tap only brings the bar back.
  root.addEventListener("click", (event) => {
    if (!bar.wake()) return;
    event.preventDefault();
    event.stopPropagation();
  }, true);
  root.addEventListener("pointermove", (event) => {
    if (event.pointerType === "mouse") bar.wake();
  });
  document.addEventListener("visibilitychange", () => {
    if (endLevels === undefined) return;
    stage.layOut();
    if (document.visibilityState === "visible") stage.play();
  });

  return {
    root,
    layOut: () => stage.layOut(),
    shown(on) {
      if (on === (endLevels !== undefined)) return;
      if (on) {
        endLevels = call.subscribeLevels((levels) => stage.setLevels(levels));
        bar.wake();
        root.focus({ preventScroll: true });
      } else {
        endLevels?.();
        endLevels = undefined;
      }
    },
    update(state: CallState) {
      invite.update(state);
      stage.update(state);
      bar.update(state);
      notices.update(state);
      hub.hidden = state.hub.link === "joined";
      setText(hubText, state.hub.failures < 2 ? words.hub.lost : words.hub.lostLong);
      sound.hidden = !state.soundOnly;
    },
  };
}
