/**
 * Notices when the addresses of this machine change. Operating systems tell it in three different
 * ways and Deno in none, so it looks. An edge: it has a timer.
 *
 * @module
 */

/** A watch that is running. */
export interface AddressWatch {
  stop(): void;
}

/**
 * Calls `changed` whenever `read` gives another list than the last time.
 *
 * @param read gives the present list; if it throws, the last one stays valid.
 * @param initial the list that is known already.
 * @param intervalMs how often to look.
 */
export function watchAddresses<T>(
  read: () => T,
  initial: T,
  changed: (list: T) => void,
  intervalMs: number,
): AddressWatch {
  let last = JSON.stringify(initial);
  const timer = setInterval(() => {
    let list: T;
    try {
      list = read();
    } catch {
      return;
    }
    const text = JSON.stringify(list);
    if (text === last) return;
    last = text;
    changed(list);
  }, intervalMs);
  return { stop: () => clearInterval(timer) };
}
