/**
 * Counts what goes wrong on the network. Such errors are counted, not reported one by one.
 *
 * @module
 */

/** Named totals since the start. */
export class Counters {
  readonly #totals = new Map<string, number>();

  /** Adds to a total, which begins at 0. */
  count(name: string, times = 1): void {
    this.#totals.set(name, (this.#totals.get(name) ?? 0) + times);
  }

  /** All totals that are not zero, by name. */
  snapshot(): Record<string, number> {
    return Object.fromEntries([...this.#totals].sort(([a], [b]) => a < b ? -1 : 1));
  }
}
