/**
 * Counts errors of the network, which are not reported.
 *
 * @module
 */

/** Named totals since the start. */
export class Counters {
  readonly #totals = new Map<string, number>();

  /** Adds to a total, which begins at zero: one, unless told otherwise. */
  count(name: string, times = 1): void {
    this.#totals.set(name, (this.#totals.get(name) ?? 0) + times);
  }

  /** All totals that are not zero, by name. */
  snapshot(): Record<string, number> {
    return Object.fromEntries([...this.#totals].sort(([a], [b]) => a < b ? -1 : 1));
  }
}
