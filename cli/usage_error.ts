/**
 * A command line that makes no sense, and how to quote one safely.
 *
 * @module
 */

/** The command line is invalid. The message is one sentence for the person who typed it. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** What was typed, in quotes, shortened, and without control characters. */
export function quote(text: string): string {
  return JSON.stringify(text.slice(0, 200)).replace(/[\u007f-\u009f]/g, "?");
}
