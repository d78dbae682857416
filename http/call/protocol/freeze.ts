/**
 * Notices that something has frozen, such as the encoder of a camera, and decides when to restart
 * it. Counts and `now` go in; a decision comes out. It knows no WebRTC.
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
   * @param frozenMs a count that has not changed for this long is frozen.
   * @param most how many restarts are allowed.
   */
  constructor(frozenMs: number, most: number) {
    this.#frozenMs = frozenMs;
    this.#most = most;
  }

  /**
   * Takes a report.
   *
   * @param count the number that should grow, such as that of encoded frames; undefined if it is
   *   unknown or need not grow now.
   * @returns whether to restart now what is counted.
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
