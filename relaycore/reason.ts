/**
 * Puts errors into words.
 *
 * @module
 */

/** The message of an error, as part of a sentence. Other thrown values are converted to strings. */
export function reasonOf(error: unknown): string {
  return error instanceof Error && error.message !== "" ? error.message : String(error);
}

/** An error with its stack, for detailed logs. */
export function stackOf(error: unknown): string {
  return error instanceof Error && error.stack !== undefined ? error.stack : String(error);
}
