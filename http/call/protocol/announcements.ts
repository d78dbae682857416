/**
 * Sends the announcements of the {@link Announcer} to everybody in the room: beacons, changes and
 * the goodbye. It does not decide what is announced or when, and receives nothing.
 *
 * @module
 */

/// <reference lib="dom" />

import type { Announcer } from "./announcer.ts";
import type { HubChannel } from "./hub_channel.ts";
import type { Member, Roster } from "./roster.ts";

/** Sends this guest's announcements. */
export class Announcements {
  readonly #announcer: Announcer;
  readonly #roster: Roster;
  readonly #hub: HubChannel;

  constructor(announcer: Announcer, roster: Roster, hub: HubChannel) {
    this.#announcer = announcer;
    this.#roster = roster;
    this.#hub = hub;
  }

  /**
   * Begins a beacon: asks the hub for the list of the room. The announcement follows the answer.
   */
  beacon(now: number): void {
    this.#announcer.beacon(now);
    this.#hub.askForList();
  }

  /** Announces this guest to everybody, if that is due. */
  sendDue(now: number): void {
    if (!this.#announcer.isDue(now)) return;
    const greets = this.#announcer.announce(now);
    for (const id of this.#others()) {
      if (greets) this.#hub.send(id, { k: "hi" });
      this.#hub.send(id, this.#announcer.presenceFor(this.#roster.byId(id)?.key));
    }
  }

  /** Announces this guest to one person. */
  announceTo({ id, key }: Member): void {
    this.#hub.send(id, this.#announcer.presenceFor(key));
  }

  /** Says goodbye to everybody. */
  sayBye(): void {
    for (const id of this.#others()) this.#hub.send(id, { k: "bye" });
  }

  #others(): number[] {
    return [...this.#roster.listed].filter((id) => id !== this.#hub.id);
  }
}
