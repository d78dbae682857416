/**
 * A token bucket: allows a burst, and then one per interval.
 *
 * @module
 */

/** Limits how often one person may do something. */
export class Bucket {
  readonly #burst: number;
  readonly #everyMs: number;
  #tokens: number;
  #at = -Infinity;

  /**
   * @param burst how many tokens are there at first, and at most.
   * @param everyMs the interval after which there is one more.
   */
  constructor(burst: number, everyMs: number) {
    this.#burst = burst;
    this.#everyMs = everyMs;
    this.#tokens = burst;
  }

  /** Takes a token. @returns false if there is none left. */
  take(now: number): boolean {
    this.#tokens = Math.min(
      this.#burst,
      this.#tokens + Math.max(0, now - this.#at) / this.#everyMs,
    );
    this.#at = now;
    if (this.#tokens < 1) return false;
    this.#tokens--;
    return true;
  }
}
