/**
 * A timer that runs several times a second. It reads the audio levels of this person and the
 * others, notices that the device has slept, and every few seconds reads the loss on all
 * connections. It only reports.
 *
 * @module
 */

/// <reference lib="dom" />

import { LEVELS_EVERY_MS, SLEEP_GAP_MS, STATS_EVERY_MS } from "../protocol/limits.ts";
import type { Attendee } from "../protocol/attendees.ts";
import { SpeakingGauge } from "../protocol/speaking.ts";
import { MicLevel } from "./mic_level.ts";
import type { PeopleMedia } from "./people_media.ts";

/** Audio levels from 0 to 1, by the key of the person. The key of this person is `me`. */
export type Levels = ReadonlyMap<string, number>;

/** What a {@link Pulse} reads from and reports to. */
export interface PulseOwner {
  readonly people: PeopleMedia;
  attendees(): readonly Attendee[];
  /** Whether this person is in the call. Only then the loss is read. */
  isIn(): boolean;
  /** Somebody began or ceased to speak. */
  spoke(): void;
  /** The device slept and is awake again. */
  slept(): void;
  /** The loss of all connections was read. */
  measured(): void;
}

/** Runs until it is closed. */
export class Pulse {
  readonly #owner: PulseOwner;
  readonly #mic = new MicLevel();
  readonly #gauge = new SpeakingGauge();
  readonly #listeners = new Set<(levels: Levels) => void>();
  readonly #timer: ReturnType<typeof setInterval>;
  #beatAt = Date.now();
  #lossReadAt = 0;
  #speaking = false;

  constructor(owner: PulseOwner) {
    this.#owner = owner;
    this.#timer = setInterval(() => this.#beat(), LEVELS_EVERY_MS);
  }

  /** Whether this person speaks. */
  get speaking(): boolean {
    return this.#speaking;
  }

  /** Measures another track as this person's microphone, or none. */
  follow(track: MediaStreamTrack | undefined, context: AudioContext | undefined): void {
    this.#mic.follow(track, context);
  }

  /** Calls `listener` with the levels of every beat. @returns a function that ends this. */
  subscribe(listener: (levels: Levels) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Ends the timer. A second call does nothing. */
  close(): void {
    clearInterval(this.#timer);
    this.#mic.close();
    this.#listeners.clear();
  }

  #beat(): void {
    const now = performance.now();
    // While the device sleeps no timer runs, and in some browsers `performance.now()` stands still.
    const wall = Date.now();
    if (wall - this.#beatAt > SLEEP_GAP_MS) this.#owner.slept();
    this.#beatAt = wall;
    const levels = new Map<string, number>();
    const own = this.#mic.read();
    let isChanged = this.#owner.people.readLevels(this.#owner.attendees(), levels, now);
    const speaking = this.#gauge.level(own, now);
    isChanged ||= speaking !== this.#speaking;
    this.#speaking = speaking;
    levels.set("me", own);
    for (const listener of this.#listeners) listener(levels);
    if (isChanged) this.#owner.spoke();
    if (now - this.#lossReadAt >= STATS_EVERY_MS && this.#owner.isIn()) {
      this.#lossReadAt = now;
      this.#owner.people.readLoss(() => performance.now()).then(() => this.#owner.measured());
    }
  }
}
