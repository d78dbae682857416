/**
 * What the presence of others means: who has come, who is back, who raised a hand. Presence and `now`
 * in; what has to be done and told out. It knows no links and no hub.
 *
 * @module
 */

import type { MeetingAction, MeetingEvent } from "./actions.ts";
import { MAX_PEOPLE } from "./limits.ts";
import type { Presence } from "./presence.ts";
import { type Member, type Roster, wasThereBefore } from "./roster.ts";

/** What arrivals need of the meeting that they belong to. */
export interface ArrivalsOwner {
  perform(action: MeetingAction): void;
  /** Asks the hub who is in the room. */
  askForList(): void;
  announceSoon(now: number): void;
  /** Somebody known has been found again, perhaps under a new id. */
  isBack(member: Member, isRenumbered: boolean, now: number): void;
}

/** Reads the presence of others. */
export class Arrivals {
  readonly #roster: Roster;
  readonly #owner: ArrivalsOwner;
  /** Presence that waits for a new list of the hub. */
  readonly #contested = new Map<number, Presence>();

  constructor(roster: Roster, owner: ArrivalsOwner) {
    this.#roster = roster;
    this.#owner = owner;
  }

  /**
   * Presence came from an id.
   *
   * @param enteredAt when this guest entered the call; `now` if it only listens.
   */
  receive(id: number, presence: Presence, now: number, enteredAt: number): void {
    if (this.#roster.mayAnnounce(id, now)) this.#announce(id, presence, now, enteredAt, false);
  }

  /** The hub has listed the room again, so presence that waited for it can be read. */
  listed(now: number, enteredAt: number): void {
    for (const [id, presence] of this.#contested) {
      this.#announce(id, presence, now, enteredAt, true);
    }
    this.#contested.clear();
  }

  /** Ids of before prove nothing any more. */
  clear(): void {
    this.#contested.clear();
  }

  /** Tells that somebody has gone. */
  gone(member: Member, now: number): void {
    const { key, presence, isAnnounced } = member;
    if (isAnnounced) this.#notify(member, { what: "went", key, name: presence.name }, now);
  }

  /** Tells something about a person, unless there was too much of it lately. */
  #notify(member: Member, event: MeetingEvent, now: number): void {
    if (member.quota.notices.take(now)) this.#owner.perform({ do: "tell", event });
  }

  #announce(
    id: number,
    presence: Presence,
    now: number,
    enteredAt: number,
    isLate: boolean,
  ): void {
    const announcement = this.#roster.announce(id, presence, now, isLate);
    if (announcement === undefined) return;
    if (announcement === "contested") {
      if (this.#contested.size < MAX_PEOPLE) this.#contested.set(id, presence);
      if (this.#contested.size === 1) this.#owner.askForList();
      return;
    }
    const { member, isNew, isBack, isRenumbered, before, replaced } = announcement;
    if (replaced !== undefined) this.#owner.perform({ do: "close", connection: replaced.number });
    if (isBack) this.#owner.isBack(member, isRenumbered, now);
    // A guest that has just come waits for this guest's presence before it dials.
    if (isNew || isRenumbered) this.#owner.announceSoon(now);
    const { key } = member;
    if (isNew) {
      if (!wasThereBefore(now, enteredAt)) this.#notify(member, { what: "came", key }, now);
      return;
    }
    if (presence.ours?.hand && !before.ours?.hand) {
      this.#notify(member, { what: "hand-raised", key }, now);
    }
    const reaction = presence.ours?.reaction;
    if (reaction !== undefined && reaction.n !== before.ours?.reaction?.n) {
      const event = { what: "reaction" as const, key, ...reaction };
      this.#owner.perform({ do: "tell", event });
    }
  }
}
