/**
 * The bar that shows the level of this person's microphone.
 *
 * @module
 */

/// <reference lib="dom" />

import type { Words } from "../lang/words.ts";
import type { Call } from "../state.ts";
import { attribute, make } from "./dom.ts";

/** The level meter in the document. */
export interface Meter {
  readonly root: HTMLElement;
  /** Begins or ends to follow the level. */
  listen(on: boolean): void;
}

/** Makes a level meter. */
export function makeMeter(call: Call, words: Words): Meter {
  const fill = make("span", { class: "fill" });
  const root = make("div", {
    class: "meter",
    attributes: {
      role: "meter",
      "aria-label": words.mirror.level,
      "aria-valuemin": 0,
      "aria-valuemax": 100,
      "aria-valuenow": 0,
    },
  }, fill);
  let end: (() => void) | undefined;
  return {
    root,
    listen(on) {
      if (on === (end !== undefined)) return;
      if (!on) {
        end?.();
        end = undefined;
        return;
      }
      end = call.subscribeLevels((levels) => {
        // The square root is closer to how loud a sound seems: a quiet voice moves the bar too.
        const level = Math.sqrt(Math.min(1, Math.max(0, levels.get("me") ?? 0)));
        fill.style.setProperty("--level", level.toFixed(2));
        attribute(root, "aria-valuenow", Math.round(level * 10) * 10);
      });
    },
  };
}
