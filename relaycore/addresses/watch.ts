/**
 * Notices when the addresses of this machine change. Operating systems tell it in three different
 * ways and Deno in none, so it looks. An edge: it has a timer.
 *
 * @module
 */

import { SLEEP_GAP_MS } from "../limits.ts";

/** A watch that is running. */
export interface AddressWatch {
  stop(): void;
}

/**
 * Calls `changed` whenever `read` gives another list than the last time, and when this computer has
 * been asleep, which it may have been in another place.
 *
 * @param read gives the present list; if it throws, the last one stays valid.
 * @param initial the list that is known already.
 * @param changed gets the list and whether this is a computer that woke up.
 * @param intervalMs how often to look.
 * @param wallClock the time of day in milliseconds: unlike the engine's clock it goes on in sleep.
 */
export function watchAddresses<T>(
  read: () => T,
  initial: T,
  changed: (list: T, woke: boolean) => void,
  intervalMs: number,
  wallClock: () => number = Date.now,
): AddressWatch {
  let last = JSON.stringify(initial);
  let lookedAt = wallClock();
  const timer = setInterval(() => {
    const now = wallClock();
    // Somebody who sets the clock looks the same, and to have looked once too often harms nobody.
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
    changed(list, woke);
  }, intervalMs);
  return { stop: () => clearInterval(timer) };
}
