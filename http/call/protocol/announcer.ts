/**
 * What this guest announces about itself, and when: a beacon every 2.5 s, and each change at once,
 * but at most every 300 ms. It sends nothing itself.
 *
 * @module
 */

import type { JsonObject } from "./checked.ts";
import { ANNOUNCE_GAP_MS, PRESENT_EVERY_MS } from "./limits.ts";
import { encodePresence, type OursMeta } from "./presence.ts";

/** What this guest announces about itself. */
export interface Self {
  readonly name: string;
  readonly avatar: string;
  readonly cam: boolean;
  readonly muted: boolean;
  readonly sharing: boolean;
  readonly hand: boolean;
  readonly reaction?: OursMeta["reaction"];
}

/** Keeps what this guest announces, and when. */
export class Announcer {
  readonly #tab: string;
  /** The heights in pixels at which people are shown, by their keys. */
  readonly #wanted = new Map<string, number>();
  #self: Self = { name: "", avatar: "", cam: false, muted: true, sharing: false, hand: false };
  #beaconAt = Infinity;
  #announceAt = Infinity;
  #announcedAt = -Infinity;
  #greets = false;

  /** @param tab a random text that identifies this open page. */
  constructor(tab: string) {
    this.#tab = tab;
  }

  /** When a beacon or an announcement is due. */
  get nextDeadline(): number {
    return Math.min(this.#beaconAt, this.#announceAt);
  }
  /** Whether a beacon is due. */
  isBeaconDue(now: number): boolean {
    return now >= this.#beaconAt;
  }
  /** Whether an announcement is due. */
  isDue(now: number): boolean {
    return now >= this.#announceAt;
  }

  /** Sets what is announced. @returns whether it has changed. */
  setSelf(self: Self): boolean {
    if (JSON.stringify(self) === JSON.stringify(this.#self)) return false;
    this.#self = self;
    return true;
  }

  /**
   * Sets the size at which this guest shows a person.
   *
   * @param height in pixels; 0 if the person is not shown.
   * @returns whether it has changed.
   */
  setWanted(key: string, height: number): boolean {
    if (this.#wanted.get(key) === height) return false;
    this.#wanted.set(key, height);
    return true;
  }

  /** Forgets a person who has left. */
  forget(key: string): void {
    this.#wanted.delete(key);
  }

  /** Sets whether the next announcement begins with a greeting (`hi`), which everybody answers. */
  greet(greets: boolean): void {
    this.#greets = greets;
  }

  /** Schedules an announcement as soon as the limit on their rate allows. */
  soon(now: number): void {
    const earliest = Math.max(now, this.#announcedAt + ANNOUNCE_GAP_MS);
    this.#announceAt = Math.min(this.#announceAt, earliest);
  }

  /** A beacon is sent now. The next one is scheduled. */
  beacon(now: number): void {
    this.#beaconAt = now + PRESENT_EVERY_MS;
  }

  /** An announcement is sent now. @returns whether it begins with a greeting. */
  announce(now: number): boolean {
    const greets = this.#greets;
    this.#greets = false;
    this.#announceAt = Infinity;
    this.#announcedAt = now;
    return greets;
  }

  /** Cancels the scheduled announcement. */
  hush(): void {
    this.#announceAt = Infinity;
  }

  /** The hub is lost. Nothing is due until {@link beacon} is called again. */
  pause(): void {
    this.#beaconAt = this.#announceAt = Infinity;
  }

  /** The presence payload for one person; `key` is undefined if that person is not known yet. */
  presenceFor(key: string | undefined): JsonObject {
    const { name, avatar, cam, muted, sharing, hand, reaction } = this.#self;
    const wants = key === undefined ? undefined : this.#wanted.get(key);
    return encodePresence({
      name,
      avatar,
      // The deployed web app does not know screen sharing. It shows the screen like a camera's
      // picture.
      cam: cam || sharing,
      ours: { tab: this.#tab, muted, sharing, hand, reaction, wants },
    });
  }
}
