/**
 * Notices that something stands still that should move, such as a camera's encoder, and says when to
 * restart it. Counts and `now` in, a decision out. It knows no WebRTC.
 *
 * @module
 */

/** Watches one count. */
export class FreezeGauge {
  readonly #frozenMs: number;
  readonly #most: number;
  #count: number | undefined;
  #movedAt = 0;
  #restarts = 0;

  /**
   * @param frozenMs a count that has not changed for so long stands still.
   * @param most restarts at most.
   */
  constructor(frozenMs: number, most: number) {
    this.#frozenMs = frozenMs;
    this.#most = most;
  }

  /**
   * Takes a report.
   *
   * @param count what should grow, such as the frames that were encoded; undefined if it is not
   *   known, or need not grow now.
   * @returns whether what is counted has to be restarted now.
   */
  report(count: number | undefined, now: number): boolean {
    if (count === undefined || count !== this.#count) {
      this.#count = count;
      this.#movedAt = now;
      return false;
    }
    if (now - this.#movedAt < this.#frozenMs || this.#restarts >= this.#most) return false;
    this.#restarts++;
    this.#movedAt = now;
    return true;
  }
}
