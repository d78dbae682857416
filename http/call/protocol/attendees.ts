/**
 * The people of the call as the rest of the page sees them. The roster in; descriptions out. It
 * changes nothing.
 *
 * @module
 */

/// <reference lib="dom" />

import type { PersonLink } from "../state.ts";
import type { Presence } from "./presence.ts";
import type { Roster } from "./roster.ts";

/** A person, as the wire tells it. */
export interface Attendee {
  readonly key: string;
  readonly presence: Presence;
  readonly link: PersonLink;
  /** The number of the open connection with this person. */
  readonly connection: number | undefined;
}

/**
 * The others, in the order in which they came. Somebody of whom only signalling is known is not
 * included.
 *
 * @param isIn whether this guest is in the call. If not, there are no links to show.
 */
export function attendeesOf(roster: Roster, isIn: boolean, now: number): Attendee[] {
  return [...roster.members].filter(({ isAnnounced, link }) => isAnnounced || link.isConnected).map(
    (member) => ({
      key: member.key,
      presence: member.presence,
      link: isIn ? member.link.shown(now) : "none",
      connection: member.connection?.number,
    }),
  );
}
