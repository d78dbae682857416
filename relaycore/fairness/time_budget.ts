/**
 * A share of the hub's time: a number of milliseconds of work in every second, some of which can be
 * used in advance. The budget does not measure time itself.
 *
 * @module
 */

/** A budget of working time that is refilled as time passes. */
export class TimeBudget {
  readonly #share: number;
  readonly #burstMs: number;
  #leftMs: number;
  #filledAt: number;

  /**
   * @param share milliseconds of work per millisecond.
   * @param burstMs the share of this many milliseconds can be used in advance.
   */
  constructor(share: number, burstMs: number, now: number) {
    this.#share = share;
    this.#burstMs = share * burstMs;
    this.#leftMs = this.#burstMs;
    this.#filledAt = now;
  }

  /** Whether the share is used up. */
  isSpent(now: number): boolean {
    const passed = Math.max(0, now - this.#filledAt);
    this.#leftMs = Math.min(this.#burstMs, this.#leftMs + passed * this.#share);
    this.#filledAt = now;
    return this.#leftMs <= 0;
  }

  /**
   * Subtracts work that was done. The budget may become negative, by at most the amount that is
   * allowed in advance.
   */
  spend(ms: number): void {
    this.#leftMs = Math.max(-this.#burstMs, this.#leftMs - ms);
  }
}
