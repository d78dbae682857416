/**
 * What a hub's process holds, and whether that grows.
 *
 * @module
 */

import { megabytesOf, openFilesOf, threadCountOf } from "../support/proc.ts";

const STATUS = "http://127.0.0.1:8080/status";

/** The process at one moment. */
export interface Sample {
  /** Since the soak began. */
  readonly seconds: number;
  /** Resident memory. */
  readonly megabytes: number;
  /** Open files, sockets included. */
  readonly files: number;
  readonly threads: number;
  readonly guests: number;
  readonly rooms: number;
  /** Of the media relay. */
  readonly allocations: number;
}

/** Looks at a hub. Linux only: it reads /proc. */
export async function sampleOf(pid: number, began: number): Promise<Sample> {
  const response = await fetch(STATUS);
  const { guests, rooms, turn } = await response.json();
  return {
    seconds: (performance.now() - began) / 1000,
    megabytes: megabytesOf(pid),
    files: openFilesOf(pid),
    threads: threadCountOf(pid),
    guests,
    rooms,
    allocations: turn?.allocations ?? 0,
  };
}

/**
 * The line through points by least squares.
 *
 * @returns its slope, and the standard error of that.
 */
export function growth(
  points: readonly (readonly [x: number, y: number])[],
): { readonly perUnit: number; readonly error: number } {
  const n = points.length;
  if (n < 3) return { perUnit: 0, error: Infinity };
  const meanX = points.reduce((sum, [x]) => sum + x, 0) / n;
  const meanY = points.reduce((sum, [, y]) => sum + y, 0) / n;
  const spread = points.reduce((sum, [x]) => sum + (x - meanX) ** 2, 0);
  const perUnit = points.reduce((sum, [x, y]) => sum + (x - meanX) * (y - meanY), 0) / spread;
  const residue = points.reduce((sum, [x, y]) => sum + (y - meanY - perUnit * (x - meanX)) ** 2, 0);
  return { perUnit, error: Math.sqrt(residue / (n - 2) / spread) };
}
