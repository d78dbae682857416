/**
 * A share of the hub's time: so many milliseconds of work in every second, some of them in advance.
 * It measures nothing itself.
 *
 * @module
 */

/** Time that somebody may cost, refilled as time goes by. */
export class TimeBudget {
  readonly #share: number;
  readonly #burstMs: number;
  #leftMs: number;
  #filledAt: number;

  /**
   * @param share milliseconds of work in a millisecond.
   * @param burstMs work in advance.
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

  /** Books work that was done; it may leave a debt, of no more than was allowed in advance. */
  spend(ms: number): void {
    this.#leftMs = Math.max(-this.#burstMs, this.#leftMs - ms);
  }
}
