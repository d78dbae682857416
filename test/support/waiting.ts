/**
 * Waiting for a condition instead of for a time.
 *
 * @module
 */

/** How often a condition is looked at again. */
const POLL_MS = 100;

/**
 * Looks again and again until `look` returns something other than undefined.
 *
 * @param what for the error: "the new link on the page".
 * @param deadlineMs how long at most.
 * @returns what `look` returned.
 * @throws Error when the deadline passes, with what the last look threw, if it did.
 */
export async function eventually<T>(
  what: string,
  deadlineMs: number,
  look: () => T | undefined | Promise<T | undefined>,
): Promise<T> {
  const deadline = performance.now() + deadlineMs;
  for (;;) {
    let cause: unknown;
    try {
      const found = await look();
      if (found !== undefined) return found;
    } catch (error) {
      cause = error;
    }
    if (performance.now() > deadline) {
      const reason = cause instanceof Error ? ` ${cause.message}` : "";
      throw new Error(`Waited ${deadlineMs} ms in vain for ${what}.${reason}`, { cause });
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}
