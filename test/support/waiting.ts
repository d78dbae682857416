/**
 * Waits for a condition, for a promise that may never settle, or, if the time itself is the subject of
 * a test, for a while.
 *
 * @module
 */

/** How often a condition is checked. */
const POLL_MS = 100;

/**
 * Calls `look` repeatedly until it returns something other than undefined.
 *
 * @param what for the error: "the new link on the page".
 * @param deadlineMs the longest time to wait.
 * @param pollMs the pause between two calls.
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
 * The result of a promise, or undefined if that takes longer than `ms`. A later rejection of the
 * promise is ignored.
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
 * Waits for a time. This is only for tests and loads whose subject is the time: a silence, a pace, a
 * load of some seconds. Use {@linkcode eventually} to wait for something that can be observed.
 */
export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Those who wait for something that announces its changes. */
export class Changes {
  readonly #waiting = new Set<() => void>();

  /** Tells everybody who waits that something has changed. */
  announce(): void {
    for (const wake of [...this.#waiting]) wake();
  }

  /**
   * Looks now and after every change until `look` returns something other than undefined.
   *
   * @param giveUpMs how long at most.
   * @param complaint for the error after that.
   * @returns what `look` returned.
   * @throws what `look` throws, or the complaint.
   */
  async until<T>(
    look: () => T | undefined,
    giveUpMs: number,
    complaint: () => string,
  ): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    const wake = () => {
      try {
        const found = look();
        if (found === undefined) return;
        resolve(found);
      } catch (error) {
        reject(error);
      }
      // At once: a look may take what it finds, and the next change is for the next who waits.
      this.#waiting.delete(wake);
    };
    this.#waiting.add(wake);
    const timer = setTimeout(() => reject(new Error(complaint())), giveUpMs);
    wake();
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
      this.#waiting.delete(wake);
    }
  }
}
