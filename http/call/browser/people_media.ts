/**
 * The media connections with all others, and what is received or measured on them: streams, levels,
 * safety symbols, loss. Other code decides which connections there are.
 *
 * @module
 */

/// <reference lib="dom" />

import type { Reaction } from "../state.ts";
import { type Demand, LossGauge, pictureBudget } from "../protocol/budget.ts";
import { FreezeGauge } from "../protocol/freeze.ts";
import { ENCODER_FROZEN_MS, ENCODER_RESTARTS } from "../protocol/limits.ts";
import { Peak } from "../protocol/peak.ts";
import { type PersonMedia, unchanged } from "../protocol/snapshot.ts";
import { SpeakingGauge } from "../protocol/speaking.ts";
import { framesEncoded, lossReport } from "./link_stats.ts";
import {
  MediaConnection,
  type MediaConnectionEvents,
  type MediaSettings,
  type OutgoingTracks,
} from "./media_connection.ts";
import { safetyCode } from "./safety_code.ts";

/** A connection and what is measured on it. */
interface Line {
  readonly connection: MediaConnection;
  readonly loss: LossGauge;
  readonly freeze: FreezeGauge;
  isConnected: boolean;
  safety: string | undefined;
  budget: ReturnType<typeof pictureBudget> | undefined;
}

interface PersonEntry {
  media: PersonMedia;
  readonly gauge: SpeakingGauge;
}

/** A person, and the number of the connection with this person if one is open. */
export interface Linked {
  readonly key: string;
  readonly connection: number | undefined;
}

const NO_MEDIA: PersonMedia = {
  stream: undefined,
  arrives: false,
  speaking: false,
  safety: undefined,
  safetyChanged: false,
  reaction: undefined,
};

/** All connections with others. */
export class PeopleMedia {
  readonly #lines = new Map<number, Line>();
  readonly #people = new Map<string, PersonEntry>();
  readonly #height = new Peak();
  readonly #fps = new Peak();
  readonly #safetyChanged: (key: string) => void;
  readonly #changed: () => void;

  /**
   * @param safetyChanged called with a person's key when the safety symbols have changed.
   * @param changed called when something else has changed that {@link of} returns.
   */
  constructor(safetyChanged: (key: string) => void, changed: () => void) {
    this.#safetyChanged = safetyChanged;
    this.#changed = changed;
  }

  /** What is known of a person; undefined for an unknown key. */
  of(key: string): PersonMedia | undefined {
    return this.#people.get(key)?.media;
  }

  /**
   * Assigns streams and safety symbols of the connections to people, and forgets people who have
   * left. This cannot be done when a connection comes up, because the person at its other end may
   * become known only later.
   */
  assign(people: readonly Linked[]): void {
    const keys = new Set(people.map(({ key }) => key));
    for (const key of this.#people.keys()) if (!keys.has(key)) this.#people.delete(key);
    for (const { key, connection } of people) {
      const line = connection === undefined ? undefined : this.#lines.get(connection);
      if (line !== undefined) this.#assign(key, line);
    }
  }

  /**
   * Opens a connection.
   *
   * @param number its number from now on.
   * @param offers whether this side makes the offer.
   * @throws if the browser allows no more connections.
   */
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
      tracks: () => this.#changed(),
      state: (state) => {
        const line = this.#lines.get(number);
        if (line !== undefined) line.isConnected = state === "connected";
        if (state === "connected") this.#readSafety(number);
        events.state(state);
      },
    });
    this.#lines.set(number, {
      connection,
      loss: new LossGauge(now),
      freeze: new FreezeGauge(ENCODER_FROZEN_MS, ENCODER_RESTARTS),
      isConnected: false,
      safety: undefined,
      budget: undefined,
    });
  }

  /** The connection with this number. */
  line(number: number): MediaConnection | undefined {
    return this.#lines.get(number)?.connection;
  }

  close(number: number): void {
    this.#lines.get(number)?.connection.close();
    this.#lines.delete(number);
  }

  /** Replaces the tracks that are sent to everybody. */
  setTracks(tracks: OutgoingTracks): void {
    for (const { connection } of this.#lines.values()) connection.setTracks(tracks);
  }

  /**
   * Gives every connection its share of the Wi-Fi's capacity.
   *
   * @param demand what a connection's share depends on, by its number.
   * @returns the largest picture that is sent to anybody, or was until a few seconds ago.
   */
  share(
    now: number,
    demand: (connection: number) => Omit<Demand, "share">,
  ): { height: number; fps: number } {
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
    return { height: this.#height.take(height, now), fps: this.#fps.take(fps, now) };
  }

  /**
   * Reads how loud everybody is, and of whom a picture arrives.
   *
   * @param levels gets the levels.
   * @returns whether somebody began or ceased to speak, or a picture began or ceased to arrive.
   */
  readLevels(people: readonly Linked[], levels: Map<string, number>, now: number): boolean {
    let isChanged = false;
    for (const { key, connection } of people) {
      const line = connection === undefined ? undefined : this.#lines.get(connection);
      const level = line?.isConnected ? line.connection.level() ?? 0 : 0;
      levels.set(key, level);
      const person = this.#person(key);
      const speaking = person.gauge.level(level, now);
      const arrives = line?.isConnected === true && line.connection.isPictureArriving();
      if (this.#set(key, { speaking, arrives })) isChanged = true;
    }
    return isChanged;
  }

  /**
   * Reads the loss that the others report, and safety symbols that are still missing. Restarts
   * encoders that have frozen.
   */
  async readLoss(now: () => number): Promise<void> {
    for (const [number, line] of [...this.#lines]) {
      if (!line.isConnected) continue;
      const { connection, loss, freeze } = line;
      // A browser may report the certificate later than the connection.
      if (line.safety === undefined) this.#readSafety(number);
      const stats = await connection.getStats().catch(() => undefined);
      if (stats === undefined) continue;
      const report = lossReport(stats);
      if (report !== undefined) loss.report(report, now());
      const frames = connection.sendsCamera ? framesEncoded(stats) : undefined;
      if (freeze.report(frames, now())) connection.restartEncoder();
    }
  }

  setReaction(key: string, reaction: Reaction | undefined): void {
    this.#set(key, { reaction });
    this.#changed();
  }

  #assign(key: string, line: Line): void {
    const before = this.#person(key).media;
    const { stream } = line.connection;
    const hasTracks = stream.getTracks().length > 0;
    // After a redial, the old stream keeps the last picture until the new connection is up.
    if (hasTracks && (line.isConnected || before.stream === undefined)) this.#set(key, { stream });
    const { safety } = line;
    if (safety === undefined || safety === before.safety) return;
    const safetyChanged = before.safety !== undefined;
    this.#set(key, { safety, safetyChanged: before.safetyChanged || safetyChanged });
    if (safetyChanged) this.#safetyChanged(key);
  }

  #readSafety(number: number): void {
    const line = this.#lines.get(number);
    if (line === undefined) return;
    safetyCode(line.connection).then((safety) => {
      if (safety === line.safety) return;
      line.safety = safety;
      this.#changed();
    }, () => {});
  }

  /** @returns whether something changed. */
  #set(key: string, parts: Partial<PersonMedia>): boolean {
    const person = this.#person(key);
    const before = person.media;
    person.media = unchanged(before, { ...before, ...parts });
    return person.media !== before;
  }

  #person(key: string): PersonEntry {
    let person = this.#people.get(key);
    if (person === undefined) {
      person = { media: NO_MEDIA, gauge: new SpeakingGauge() };
      this.#people.set(key, person);
    }
    return person;
  }
}
