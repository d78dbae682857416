/**
 * When the program collects its garbage: once after the start, and once after the last guest has
 * left. A full collection stops the program for some tens of milliseconds, so it never happens while
 * somebody uses the hub. Pure.
 *
 * V8 collects garbage when a program allocates memory. A hub without guests allocates hardly any, so
 * without this it would keep the garbage of its start for minutes or for days.
 *
 * @module
 */

import { GARBAGE_COLLECTION } from "../relaycore/limits.ts";

/** What the program is doing. */
export interface Activity {
  /** Whether the hub has no guests, and nothing to do in the background. */
  readonly isHubIdle: boolean;
  /** Whether a page is being sent, or is being made ready for the first visitor. */
  readonly isPageBusy: boolean;
}

/** Finds one moment for a collection in each quiet period. */
export class QuietPeriod {
  /** Since when nothing has been going on; undefined while something is. */
  #since: number | undefined;
  /** Whether guests have left garbage behind, or the start has. */
  #hasGarbage = true;

  /**
   * Looks at what the program is doing. The caller does this every {@link
   * GARBAGE_COLLECTION}.lookMs.
   *
   * @returns whether this is the moment for a collection.
   */
  look({ isHubIdle, isPageBusy }: Activity, now: number): boolean {
    // Somebody may read /metrics for days. That alone leaves little garbage.
    if (!isHubIdle) this.#hasGarbage = true;
    if (!isHubIdle || isPageBusy) this.#since = undefined;
    else this.#since ??= now;
    if (!this.#hasGarbage || this.#since === undefined) return false;
    if (now - this.#since < GARBAGE_COLLECTION.quietMs) return false;
    this.#hasGarbage = false;
    return true;
  }
}
