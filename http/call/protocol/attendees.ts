/**
 * Describes the people of the {@link Roster} for the rest of the page. It changes nothing.
 *
 * @module
 */

/// <reference lib="dom" />

import type { PersonLink } from "../state.ts";
import type { Presence } from "./presence.ts";
import type { Roster } from "./roster.ts";

/** A person, as known from signalling and presence. */
export interface Attendee {
  readonly key: string;
  readonly presence: Presence;
  readonly link: PersonLink;
  /** The number of the open connection with this person. */
  readonly connection: number | undefined;
}

/**
 * The others, in the order in which they came. A person who has not announced itself is included
 * only once it is connected.
 *
 * @param isIn whether this guest is in the call. If not, every link is `none`.
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
