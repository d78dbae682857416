/**
 * What went wrong, as part of a sentence for a person.
 *
 * @module
 */

/** The message of an error; of anything else that was thrown, its text. */
export function reasonOf(error: unknown): string {
  return error instanceof Error && error.message !== "" ? error.message : String(error);
}

/** An error with its stack, for detailed logs. */
export function stackOf(error: unknown): string {
  return error instanceof Error && error.stack !== undefined ? error.stack : String(error);
}
