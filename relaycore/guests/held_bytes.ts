/**
 * Bounds the memory that all guests together take: messages that they have not acknowledged, and
 * messages that are not complete. One guest is bounded by its session; a crowd of guests that do not
 * acknowledge anything could still take more than a small computer has. It ends no guests itself.
 *
 * @module
 */

import { MAX_HELD_BYTES } from "../limits.ts";
import type { Guest } from "./guest.ts";

/** What one client address holds. */
interface Share {
  bytes: number;
  readonly guests: Guest[];
}

/**
 * The guests that have to leave, because all together hold too much. Each is the guest that holds the
 * most, of the client address that holds the most.
 */
export function guestsToYield(guests: Iterable<Guest>): Guest[] {
  let total = 0;
  const shares = new Map<string, Share>();
  for (const guest of guests) {
    const { owner, session: { heldBytes } } = guest;
    if (heldBytes === 0) continue;
    total += heldBytes;
    const share = shares.get(owner);
    if (share === undefined) shares.set(owner, { bytes: heldBytes, guests: [guest] });
    else {
      share.bytes += heldBytes;
      share.guests.push(guest);
    }
  }
  const yielding: Guest[] = [];
  while (total > MAX_HELD_BYTES) {
    const share = heaviest(shares.values(), ({ bytes }) => bytes);
    const guest = heaviest(share.guests, ({ session }) => session.heldBytes);
    share.guests.splice(share.guests.indexOf(guest), 1);
    share.bytes -= guest.session.heldBytes;
    total -= guest.session.heldBytes;
    yielding.push(guest);
  }
  return yielding;
}

/** The one with the largest number. There must be one. */
function heaviest<T>(things: Iterable<T>, numberOf: (thing: T) => number): T {
  let found: T | undefined;
  let most = -Infinity;
  for (const thing of things) {
    const number = numberOf(thing);
    if (number > most) [found, most] = [thing, number];
  }
  return found!;
}
