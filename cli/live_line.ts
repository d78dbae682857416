/**
 * How many guests there are, as a line of text. Pure.
 *
 * @module
 */

/**
 * The line at the bottom of the terminal, cut to fit its width: guests, rooms, time since the start.
 *
 * @param status the present numbers.
 * @param columns width of the terminal.
 */
export function liveLine(
  status: {
    readonly guests: number;
    readonly rooms: number;
    readonly uptimeSeconds: number;
  },
  columns: number,
): string {
  const seconds = Math.floor(status.uptimeSeconds);
  const [h, m, s] = [
    Math.floor(seconds / 3600),
    Math.floor(seconds / 60) % 60,
    seconds % 60,
  ];
  const uptime = h > 0 ? `${h} h ${m} min` : m > 0 ? `${m} min ${s} s` : `${s} s`;
  // The last column stays free: writing there makes some terminals wrap.
  return `${counts(status)} · up ${uptime} · Ctrl-C stops`.slice(
    0,
    Math.max(0, columns - 1),
  );
}

/** How many guests there are, and in how many rooms. */
export function counts(
  { guests, rooms }: { readonly guests: number; readonly rooms: number },
): string {
  const some = (n: number, noun: string) => `${n} ${noun}${n === 1 ? "" : "s"}`;
  return `${some(guests, "guest")} in ${some(rooms, "room")}`;
}
