/**
 * The connections with all others and what comes in on them: streams, levels, safety symbols, loss.
 * Which connections there are is decided elsewhere.
 *
 * @module
 */

/// <reference lib="dom" />

import type { Reaction } from "../state.ts";
import { type Demand, LossGauge, pictureBudget } from "../protocol/budget.ts";
import type { PersonMedia } from "../protocol/snapshot.ts";
import { SpeakingGauge } from "../protocol/speaking.ts";
import { unchanged } from "../protocol/snapshot.ts";
import { lossReport } from "./link_stats.ts";
import {
  MediaConnection,
  type MediaConnectionEvents,
  type MediaSettings,
  type OutgoingTracks,
} from "./media_connection.ts";
import { safetyCode } from "./safety_code.ts";

interface Line {
  readonly connection: MediaConnection;
  readonly loss: LossGauge;
  isConnected: boolean;
  budget: ReturnType<typeof pictureBudget> | undefined;
}

interface Mutable {
  media: PersonMedia;
  readonly gauge: SpeakingGauge;
}

const NO_MEDIA: PersonMedia = {
  stream: undefined,
  speaking: false,
  safety: undefined,
  safetyChanged: false,
  reaction: undefined,
};

/** All connections with others. */
export class PeopleMedia {
  readonly #lines = new Map<number, Line>();
  readonly #people = new Map<string, Mutable>();
  readonly #keyOf: (connection: number) => string | undefined;
  readonly #safetyChanged: (key: string) => void;
  readonly #changed: () => void;

  /**
   * @param keyOf the person that a connection is with.
   * @param safetyChanged a person's symbols are other ones than before.
   */
  constructor(
    keyOf: (connection: number) => string | undefined,
    safetyChanged: (key: string) => void,
    changed: () => void,
  ) {
    this.#keyOf = keyOf;
    this.#safetyChanged = safetyChanged;
    this.#changed = changed;
  }

  of(key: string): PersonMedia | undefined {
    return this.#people.get(key)?.media;
  }

  /** @throws if the browser allows no more connections. */
  open(
    number: number,
    settings: MediaSettings,
    offers: boolean,
    tracks: OutgoingTracks,
    events: Omit<MediaConnectionEvents, "tracks">,
    now: number,
  ): void {
    const connection = new MediaConnection(settings, offers, tracks, {
      ...events,
      tracks: () => this.#show(number, false),
      state: (state) => {
        const line = this.#lines.get(number);
        if (line !== undefined) line.isConnected = state === "connected";
        if (state === "connected") this.#connected(number);
        events.state(state);
      },
    });
    const loss = new LossGauge(now);
    this.#lines.set(number, { connection, loss, isConnected: false, budget: undefined });
  }

  line(number: number): MediaConnection | undefined {
    return this.#lines.get(number)?.connection;
  }

  close(number: number): void {
    this.#lines.get(number)?.connection.close();
    this.#lines.delete(number);
  }

  /** The person is gone. */
  forget(key: string): void {
    this.#people.delete(key);
  }

  setTracks(tracks: OutgoingTracks): void {
    for (const { connection } of this.#lines.values()) connection.setTracks(tracks);
  }

  /** Shares out what the air can carry. @returns the largest picture that somebody gets. */
  share(demand: (connection: number) => Omit<Demand, "share">): { height: number; fps: number } {
    let height = 0, fps = 0;
    for (const [number, line] of this.#lines) {
      const budget = pictureBudget({ ...demand(number), share: line.loss.share });
      if (budget.active) {
        height = Math.max(height, budget.maxHeight);
        fps = Math.max(fps, budget.maxFramerate);
      }
      const next = line.budget === undefined ? budget : unchanged(line.budget, budget);
      if (next === line.budget) continue;
      line.budget = next;
      line.connection.setBudget(next);
    }
    return { height, fps };
  }

  /** Reads how loud everybody is. @returns whether somebody began or ceased to speak. */
  readLevels(levels: Map<string, number>, now: number): boolean {
    for (const [number, { connection, isConnected }] of this.#lines) {
      const key = isConnected ? this.#keyOf(number) : undefined;
      if (key !== undefined) levels.set(key, connection.level() ?? 0);
    }
    let isChanged = false;
    for (const [key, person] of this.#people) {
      const speaking = person.gauge.level(levels.get(key) ?? 0, now);
      if (speaking === person.media.speaking) continue;
      person.media = { ...person.media, speaking };
      isChanged = true;
    }
    return isChanged;
  }

  /** Reads what the others say of loss. */
  async readLoss(now: () => number): Promise<void> {
    for (const line of [...this.#lines.values()]) {
      if (!line.isConnected) continue;
      const report = await line.connection.getStats().then(lossReport, () => undefined);
      if (report !== undefined) line.loss.report(report, now());
    }
  }

  setReaction(key: string, reaction: Reaction | undefined): void {
    this.#set(key, { reaction });
  }

  #connected(number: number): void {
    this.#show(number, true);
    const connection = this.line(number);
    if (connection === undefined) return;
    safetyCode(connection).then((safety) => {
      const key = this.#keyOf(number);
      if (safety === undefined || key === undefined || this.line(number) !== connection) return;
      const before = this.of(key)?.safety;
      const isOther = before !== undefined && before !== safety;
      this.#set(key, { safety, ...isOther ? { safetyChanged: true } : {} });
      if (isOther) this.#safetyChanged(key);
    }, () => {});
  }

  /** Shows a connection's stream; before it is connected, only where there is no other one. */
  #show(number: number, isConnected: boolean): void {
    const key = this.#keyOf(number);
    const stream = this.line(number)?.stream;
    if (key === undefined || stream === undefined) return;
    if (isConnected || this.of(key)?.stream === undefined) this.#set(key, { stream });
  }

  #set(key: string, parts: Partial<PersonMedia>): void {
    const person = this.#person(key);
    const media = unchanged(person.media, { ...person.media, ...parts });
    if (media === person.media) return;
    person.media = media;
    this.#changed();
  }

  #person(key: string): Mutable {
    let person = this.#people.get(key);
    if (person === undefined) {
      person = { media: NO_MEDIA, gauge: new SpeakingGauge() };
      this.#people.set(key, person);
    }
    return person;
  }
}
