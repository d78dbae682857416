/**
 * The last resort for errors inside the hub: no packet can end the program, even through an
 * unforeseen error.
 *
 * @module
 */

import { UNCAUGHT_LOG_INTERVAL_MS } from "../relaycore/limits.ts";
import { reasonOf } from "../relaycore/mod.ts";

/** Receives uncaught errors. */
export interface UncaughtErrors {
  /** Gets every one of them. */
  report: (error: unknown) => void;
}

/**
 * Catches uncaught errors, and lets the program continue.
 *
 * @param warn gets a sentence for the person, but not more often than every few seconds.
 */
export function catchUncaught(warn: (sentence: string) => void): UncaughtErrors {
  const uncaught: UncaughtErrors = { report: () => {} };
  let last = -Infinity;
  const onError = (event: PromiseRejectionEvent | ErrorEvent) => {
    event.preventDefault();
    const error = "reason" in event ? event.reason : event.error;
    uncaught.report(error);
    if (performance.now() - last < UNCAUGHT_LOG_INTERVAL_MS) return;
    last = performance.now();
    warn(`An error inside the hub was caught, and the hub runs on: ${reasonOf(error)}`);
  };
  globalThis.addEventListener("unhandledrejection", onError);
  globalThis.addEventListener("error", onError);
  return uncaught;
}
