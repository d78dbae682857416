/**
 * Waiting: for a condition, for a promise that may never settle, and, where the time itself is what a
 * test is about, for a while.
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
 * @param pollMs the pause between two looks.
 * @returns what `look` returned.
 * @throws Error when the deadline passes, with what the last look threw, if it did.
 */
export async function eventually<T>(
  what: string,
  deadlineMs: number,
  look: () => T | undefined | Promise<T | undefined>,
  pollMs = POLL_MS,
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
    await pause(pollMs);
  }
}

/**
 * What a promise settles with, or undefined if that takes longer than `ms`. The promise goes on, and
 * its rejection after that is nobody's.
 */
export async function within<T>(ms: number, promise: Promise<T>): Promise<T | undefined> {
  const late = Promise.withResolvers<undefined>();
  const timer = setTimeout(() => late.resolve(undefined), ms);
  try {
    return await Promise.race([promise, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Lets time pass. Only for tests and loads whose subject is the time: a silence, a pace, a load of so
 * many seconds. What can be seen is waited for with {@linkcode eventually}.
 */
export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
