/**
 * Notices when the addresses of this machine change. Operating systems report such changes in three
 * different ways and Deno does not report them at all, so this file polls. An edge: it has a timer.
 *
 * @module
 */

import { SLEEP_GAP_MS } from "../limits.ts";

/** A watch that is running. */
export interface AddressWatch {
  stop(): void;
}

/**
 * Calls `changed` when `read` returns another list than before, and when this computer has been
 * asleep, because it may be in another place now.
 *
 * @param read returns the current list. If it throws, the last list stays valid.
 * @param initial the list that is known already.
 * @param changed gets the current list.
 * @param intervalMs how often to look.
 * @param wallClock the time of day in milliseconds: unlike the engine's clock, it continues during
 *   sleep.
 */
export function watchAddresses<T>(
  read: () => T,
  initial: T,
  changed: (list: T) => void,
  intervalMs: number,
  wallClock: () => number = Date.now,
): AddressWatch {
  let last = JSON.stringify(initial);
  let lookedAt = wallClock();
  const timer = setInterval(() => {
    const now = wallClock();
    // Setting the clock looks the same as sleep. An unnecessary call does no harm.
    const woke = Math.abs(now - lookedAt - intervalMs) > SLEEP_GAP_MS;
    lookedAt = now;
    let list: T;
    try {
      list = read();
    } catch {
      return;
    }
    const text = JSON.stringify(list);
    if (text === last && !woke) return;
    last = text;
    changed(list);
  }, intervalMs);
  return { stop: () => clearInterval(timer) };
}
