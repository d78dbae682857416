/**
 * Errors of the network are counted, not reported: this is where.
 *
 * @module
 */

/** Named totals since the start. */
export class Counters {
  readonly #totals = new Map<string, number>();

  /** Adds one to a total, which begins at zero. */
  count(name: string): void {
    this.#totals.set(name, (this.#totals.get(name) ?? 0) + 1);
  }

  /** All totals that are not zero, by name. */
  snapshot(): Record<string, number> {
    return Object.fromEntries([...this.#totals].sort(([a], [b]) => a < b ? -1 : 1));
  }
}
