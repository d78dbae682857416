/**
 * A number that rises at once and falls only after a while. What others say about themselves decides
 * over the camera's size and everybody's share of the Wi-Fi; whoever says something else all the time
 * must not make all of that change all the time. Numbers and `now` in, a number out.
 *
 * @module
 */

import { PEAK_HOLD_MS } from "./limits.ts";

/** Holds the largest of the latest values. */
export class Peak {
  #held = -Infinity;
  /** When the held value was last reached. */
  #at = -Infinity;
  /** The largest value since then. */
  #since = -Infinity;

  /** Takes a value. @returns the value to go by. */
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
