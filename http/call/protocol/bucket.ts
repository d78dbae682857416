/**
 * A token bucket: a burst at once, then one for each interval.
 *
 * @module
 */

/** Limits how often one person may do something. */
export class Bucket {
  readonly #burst: number;
  readonly #everyMs: number;
  #tokens: number;
  #at = -Infinity;

  constructor(burst: number, everyMs: number) {
    this.#burst = burst;
    this.#everyMs = everyMs;
    this.#tokens = burst;
  }

  /** Takes a token. @returns false if there is none. */
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
