/**
 * Quantiles of what was measured.
 *
 * @module
 */

/**
 * The value that `q` of all values are smaller than, 0 to 1; NaN if there are none. 1 gives the
 * largest one.
 */
export function quantile(values: readonly number[], q: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))] ?? NaN;
}

/** The value in the middle; of an even number the upper one. */
export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}
