/**
 * When the hub rehearses, and when it has rehearsed enough. It does not know what a rehearsal is.
 * Pure.
 *
 * @module
 */

import { REHEARSALS } from "../limits.ts";

/** The rehearsals of one start. */
export class RehearsalPlan {
  #count = 0;
  #spentMs = 0;
  #next: number;

  /** @param now when the hub became ready. */
  constructor(now: number) {
    this.#next = now + REHEARSALS.delayMs;
  }

  /** How many rehearsals there were. */
  get count(): number {
    return this.#count;
  }

  /** The time of the next rehearsal; Infinity if there is none. */
  get nextDeadline(): number {
    return this.#next;
  }

  /** Whether there is no further rehearsal. */
  get isOver(): boolean {
    return this.#next === Infinity;
  }

  /** A rehearsal has ended. The caller then waits until {@linkcode nextDeadline}. */
  ended(began: number, now: number): void {
    const took = now - began;
    this.#count++;
    this.#spentMs += took;
    const isEnough = this.#count >= REHEARSALS.max || this.#spentMs >= REHEARSALS.totalMs;
    // The pause is as long as the rehearsal, so half of the time is free for other work.
    if (!this.isOver) this.#next = isEnough ? Infinity : now + took;
  }

  /** There is no further rehearsal. */
  stop(): void {
    this.#next = Infinity;
  }
}
