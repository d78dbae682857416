/**
 * A number that rises at once and falls only after a while. What the others announce determines the
 * size of the camera's picture and everybody's share of the Wi-Fi. A guest that changes its
 * announcement all the time must not change these all the time. Numbers and `now` go in; a number
 * comes out.
 *
 * @module
 */

import { PEAK_HOLD_MS } from "./limits.ts";

/** Holds the largest of the latest values. */
export class Peak {
  #held = -Infinity;
  /** When a value last reached the held one. */
  #at = -Infinity;
  /** The largest value since then. */
  #since = -Infinity;

  /** Takes a value. @returns the value to use instead: at least this one. */
  take(value: number, now: number): number {
    if (value >= this.#held) {
      this.#held = value;
      this.#at = now;
      this.#since = -Infinity;
      return value;
    }
    this.#since = Math.max(this.#since, value);
    if (now - this.#at >= PEAK_HOLD_MS) {
      this.#held = this.#since;
      this.#at = now;
      this.#since = -Infinity;
    }
    return this.#held;
  }
}
