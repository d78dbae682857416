/**
 * What this guest tells about itself, and when: a beacon every 2.5 s, and changes at once, but never
 * more often than others have to read. It sends nothing itself.
 *
 * @module
 */

import type { JsonObject } from "./checked.ts";
import { ANNOUNCE_GAP_MS, PRESENT_EVERY_MS } from "./limits.ts";
import { encodePresence, type OursMeta } from "./presence.ts";

/** What this guest tells about itself. */
export interface Self {
  readonly name: string;
  readonly avatar: string;
  readonly cam: boolean;
  readonly muted: boolean;
  readonly sharing: boolean;
  readonly hand: boolean;
  readonly reaction?: OursMeta["reaction"];
}

/** Keeps what this guest tells, and when. */
export class Announcer {
  readonly #tab: string;
  readonly #wanted = new Map<string, number>();
  #self: Self = { name: "", avatar: "", cam: false, muted: true, sharing: false, hand: false };
  #beaconAt = Infinity;
  #announceAt = Infinity;
  #announcedAt = -Infinity;
  #greets = false;

  /** @param tab names this open page. */
  constructor(tab: string) {
    this.#tab = tab;
  }

  /** When a beacon or an announcement is due. */
  get nextDeadline(): number {
    return Math.min(this.#beaconAt, this.#announceAt);
  }
  isBeaconDue(now: number): boolean {
    return now >= this.#beaconAt;
  }
  isDue(now: number): boolean {
    return now >= this.#announceAt;
  }

  /** @returns whether it changed. */
  setSelf(self: Self): boolean {
    if (JSON.stringify(self) === JSON.stringify(this.#self)) return false;
    this.#self = self;
    return true;
  }

  /**
   * @param height pixels at which a person is shown; 0 for not at all.
   * @returns whether it changed.
   */
  setWanted(key: string, height: number): boolean {
    if (this.#wanted.get(key) === height) return false;
    this.#wanted.set(key, height);
    return true;
  }

  /** A person is gone. */
  forget(key: string): void {
    this.#wanted.delete(key);
  }

  /** The next announcement begins with a greeting, to which everybody answers. */
  greet(greets: boolean): void {
    this.#greets = greets;
  }

  /** Something changed that others want to know. */
  soon(now: number): void {
    const earliest = Math.max(now, this.#announcedAt + ANNOUNCE_GAP_MS);
    this.#announceAt = Math.min(this.#announceAt, earliest);
  }

  /** A beacon goes out now. */
  beacon(now: number): void {
    this.#beaconAt = now + PRESENT_EVERY_MS;
  }

  /** An announcement goes out now. @returns whether it begins with a greeting. */
  announce(now: number): boolean {
    const greets = this.#greets;
    this.#greets = false;
    this.#announceAt = Infinity;
    this.#announcedAt = now;
    return greets;
  }

  /** No change is waiting to be told any more. */
  hush(): void {
    this.#announceAt = Infinity;
  }

  /** The hub is lost: nothing is due until the next beacon is sent. */
  pause(): void {
    this.#beaconAt = this.#announceAt = Infinity;
  }

  /** The presence for one person, who may not be known yet. */
  presenceFor(key: string | undefined): JsonObject {
    const { name, avatar, cam, muted, sharing, hand, reaction } = this.#self;
    const wants = key === undefined ? undefined : this.#wanted.get(key);
    return encodePresence({
      name,
      avatar,
      // For guests that do not know screen sharing, a screen is a picture like any other.
      cam: cam || sharing,
      ours: { tab: this.#tab, muted, sharing, hand, reaction, wants },
    });
  }
}
