/**
 * One timer for the earliest of many deadlines. An edge: it has the clock.
 *
 * @module
 */

import { DEADLINE_SLACK_MS } from "../limits.ts";

/** Calls its owner soon after each deadline. */
export class DeadlineTimer {
  readonly #run: () => number;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** When the timer goes off; Infinity while it is not set. */
  #due = Infinity;

  /**
   * @param run does what is due, and returns the next deadline: milliseconds of `performance.now()`,
   *   Infinity for none. Must not throw.
   */
  constructor(run: () => number) {
    this.#run = run;
  }

  /**
   * Makes sure that the owner is called at most {@link DEADLINE_SLACK_MS} after a deadline. It must
   * be cheap, because it is called after every packet: deadlines within the slack share a timer.
   */
  at(deadline: number): void {
    if (this.#due <= deadline + DEADLINE_SLACK_MS) return;
    clearTimeout(this.#timer);
    const now = performance.now();
    this.#due = Math.max(deadline, now) + DEADLINE_SLACK_MS / 2;
    this.#timer = setTimeout(() => {
      this.#due = Infinity;
      this.at(this.#run());
    }, this.#due - now);
  }

  /** Stops the calls until the next {@link at}. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#due = Infinity;
  }
}
