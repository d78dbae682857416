/**
 * The place from which the code of the media relay's thread is loaded. A bundle
 * (cli/release/bundle.ts) replaces this file with another one, because the code is elsewhere in a
 * bundle.
 *
 * @module
 */

/** The address of `turn_worker.ts`, for `new Worker`. */
export function workerUrl(): string {
  return import.meta.resolve("./turn_worker.ts");
}
