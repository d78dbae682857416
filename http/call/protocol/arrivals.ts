/**
 * Finds out what the presence of others means: somebody has come, is back, or has raised a hand.
 * Presence and `now` go in; actions and events come out. It knows neither links nor the hub.
 *
 * @module
 */

import type { MeetingAction, MeetingEvent } from "./actions.ts";
import { MAX_PEOPLE } from "./limits.ts";
import type { Presence } from "./presence.ts";
import { type Member, type Roster, wasThereBefore } from "./roster.ts";

/** What {@link Arrivals} needs of the meeting that it belongs to. */
export interface ArrivalsOwner {
  perform(action: MeetingAction): void;
  /** Asks the hub who is in the room. */
  askForList(): void;
  /** Schedules an announcement of this guest. */
  announceSoon(now: number): void;
  /** A known person has been recognized again, perhaps under a new id. */
  isBack(member: Member, isRenumbered: boolean, now: number): void;
}

/** Evaluates the presence of others. */
export class Arrivals {
  readonly #roster: Roster;
  readonly #owner: ArrivalsOwner;
  /**
   * Presence that can be evaluated only with a new list of the hub; see {@link Roster.announce}.
   */
  readonly #contested = new Map<number, Presence>();

  constructor(roster: Roster, owner: ArrivalsOwner) {
    this.#roster = roster;
    this.#owner = owner;
  }

  /**
   * Takes presence from an id.
   *
   * @param enteredAt when this guest entered the call; `now` if it only listens.
   */
  receive(id: number, presence: Presence, now: number, enteredAt: number): void {
    if (this.#roster.mayAnnounce(id, now)) this.#announce(id, presence, now, enteredAt, false);
  }

  /** The hub has sent a new list of the room, so the presence that waits for it is evaluated. */
  listed(now: number, enteredAt: number): void {
    for (const [id, presence] of this.#contested) {
      this.#announce(id, presence, now, enteredAt, true);
    }
    this.#contested.clear();
  }

  /** Forgets the presence that waits, because the hub gives new ids on a new connection. */
  clear(): void {
    this.#contested.clear();
  }

  /** Reports that a person has left. */
  gone(member: Member, now: number): void {
    const { key, presence, isAnnounced } = member;
    if (isAnnounced) this.#notify(member, { what: "went", key, name: presence.name }, now);
  }

  /** Reports an event about a person, unless there were too many of them lately. */
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
    // A guest that has just come dials only after it has received this guest's presence.
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
