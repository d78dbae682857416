/**
 * Where the code of the media relay's thread is loaded from. A bundle (cli/release/bundle.ts) holds
 * another file in the place of this one, because the code lies elsewhere there.
 *
 * @module
 */

/** The address of `turn_worker.ts`, for `new Worker`. */
export function workerUrl(): string {
  return import.meta.resolve("./turn_worker.ts");
}
