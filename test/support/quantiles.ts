/**
 * Quantiles of measurements.
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

/** The value in the middle. If their number is even, the upper one of the two. */
export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}
