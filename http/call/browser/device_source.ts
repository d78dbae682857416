/**
 * One microphone or camera: whether the person wants it, its track, or why there is none. It does
 * not ask the browser for devices, and does not know the other device.
 *
 * @module
 */

/// <reference lib="dom" />

import { INTERRUPTED_AFTER_MS, MUTE_MEANS_AFTER_MS } from "../protocol/limits.ts";
import type { DeviceProblem, OwnDevice } from "../state.ts";

/** What a {@link DeviceSource} reports. */
export interface DeviceSourceEvents {
  /** Something that can be read here has changed. */
  changed(): void;
  /** The track ended, and not because of {@link DeviceSource.stop}: the device may be gone. */
  ended(): void;
}

/** A microphone or a camera. */
export class DeviceSource {
  /** Whether the person wants it. */
  on: boolean;
  /** The id of the device that the person chose; empty for any. */
  id: string;
  /** Whether the browser is being asked for it. */
  asking = false;
  problem: DeviceProblem | undefined;
  readonly #kind: "audio" | "video";
  readonly #events: DeviceSourceEvents;
  #track: MediaStreamTrack | undefined;
  #isInterrupted = false;

  constructor(kind: "audio" | "video", on: boolean, id: string, events: DeviceSourceEvents) {
    this.#kind = kind;
    this.on = on;
    this.id = id;
    this.#events = events;
  }

  get track(): MediaStreamTrack | undefined {
    return this.#track;
  }

  /** Whether the device is open and not interrupted. */
  get isLive(): boolean {
    return this.#track?.readyState === "live" && !this.#isInterrupted;
  }

  /** The device's state for the view. */
  get state(): OwnDevice {
    const { on, asking, problem } = this;
    return { on, live: on && this.isLive, asking, problem };
  }

  /** The settings of the open device; undefined while none is open. */
  get settings(): MediaTrackSettings | undefined {
    return this.#track?.getSettings();
  }

  /** Takes the browser's answer: a track, or why there is none. */
  take(captured: MediaStreamTrack | DeviceProblem | undefined): void {
    this.asking = false;
    if (captured === undefined || typeof captured === "string") {
      this.problem = captured ?? "failed";
      this.#events.changed();
      return;
    }
    const track = captured;
    this.problem = undefined;
    if (!this.on && this.#kind === "video") {
      // The camera was switched off again while the browser was asking.
      track.stop();
      this.#events.changed();
      return;
    }
    this.#track = track;
    if (this.#kind === "audio") track.enabled = this.on;
    else track.contentHint = "motion";
    const takenAt = Date.now();
    track.onended = () => this.#events.ended();
    track.onmute = () => {
      if (Date.now() - takenAt >= MUTE_MEANS_AFTER_MS) this.#muted(track);
    };
    track.onunmute = () => {
      this.#isInterrupted = false;
      if (this.problem === "interrupted") this.problem = undefined;
      this.#events.changed();
    };
    this.#events.changed();
  }

  /** Closes the device. It stays wanted. */
  stop(): void {
    if (this.#track === undefined) return;
    this.#track.onended = this.#track.onmute = this.#track.onunmute = null;
    this.#track.stop();
    this.#track = undefined;
    this.#isInterrupted = false;
    if (this.problem === "interrupted") this.problem = undefined;
  }

  /**
   * The system has muted the track, perhaps for a phone call. Short interruptions are not reported.
   */
  #muted(track: MediaStreamTrack): void {
    setTimeout(() => {
      if (this.#track !== track || !track.muted) return;
      this.#isInterrupted = true;
      this.problem = "interrupted";
      this.#events.changed();
    }, INTERRUPTED_AFTER_MS);
  }
}
