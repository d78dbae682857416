/**
 * The bar that shows how loud one is.
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
  /** Starts or stops following the person's own level. */
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
        // The ear hears ratios, not differences: the square root makes a quiet voice move the bar.
        const level = Math.sqrt(Math.min(1, Math.max(0, levels.get("me") ?? 0)));
        fill.style.setProperty("--level", level.toFixed(2));
        attribute(root, "aria-valuenow", Math.round(level * 10) * 10);
      });
    },
  };
}
