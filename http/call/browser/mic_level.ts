/**
 * Measures how loud this person's microphone is. The sound of the others never passes through Web
 * Audio, because the echo canceller would not remove it (docs/CALL.md, trap 44).
 *
 * @module
 */

/// <reference lib="dom" />

import { FreezeGauge } from "../protocol/freeze.ts";
import { AUDIO_FROZEN_MS, AUDIO_RESTARTS } from "../protocol/limits.ts";

/** Measures one track. */
export class MicLevel {
  #track: MediaStreamTrack | undefined;
  /** The context in use: the page's, or {@link #ownContext}. */
  #context: AudioContext | undefined;
  /** A context of this meter, made after the page's one has frozen. */
  #ownContext: AudioContext | undefined;
  /** The context's time at the last reading. */
  #time = -1;
  readonly #freeze = new FreezeGauge(AUDIO_FROZEN_MS, AUDIO_RESTARTS);
  #source: MediaStreamAudioSourceNode | undefined;
  #analyser: AnalyserNode | undefined;
  #samples = new Float32Array(1024);

  /** Measures another track from now on, or none. */
  follow(track: MediaStreamTrack | undefined, context: AudioContext | undefined): void {
    // Some browsers resume a context only after a tap, which may be the reason for this call.
    if (this.#ownContext?.state === "suspended") this.#ownContext.resume().catch(() => {});
    if (track === this.#track) return;
    this.#track = track;
    this.#listen(this.#ownContext ?? context);
  }

  /**
   * The level now, from 0 to 1. It is 0 while the microphone is muted or the context has frozen.
   */
  read(): number {
    if (!this.#isMoving() || this.#analyser === undefined || this.#track?.enabled !== true) {
      return 0;
    }
    this.#analyser.getFloatTimeDomainData(this.#samples);
    let sum = 0;
    for (const sample of this.#samples) sum += sample * sample;
    return Math.min(1, Math.sqrt(sum / this.#samples.length));
  }

  /** Ends the measuring, and closes the meter's own context. */
  close(): void {
    this.#track = undefined;
    this.#listen(undefined);
    this.#ownContext?.close().catch(() => {});
  }

  /**
   * Whether the context's clock runs. After a phone call, Safari may report `running` although the
   * clock stands still. Then only a new context can measure (docs/CALL.md, trap 20).
   */
  #isMoving(): boolean {
    const context = this.#context;
    if (context === undefined || this.#track === undefined) return false;
    const { state, currentTime } = context;
    const isMoving = currentTime !== this.#time;
    this.#time = currentTime;
    if (this.#freeze.report(state === "running" ? currentTime : undefined, performance.now())) {
      this.#renew();
    }
    return isMoving;
  }

  #renew(): void {
    this.#ownContext?.close().catch(() => {});
    this.#ownContext = undefined;
    try {
      this.#ownContext = new AudioContext();
      this.#listen(this.#ownContext);
    } catch {
      // The browser allows no more contexts, so the level stays 0.
    }
  }

  #listen(context: AudioContext | undefined): void {
    this.#source?.disconnect();
    this.#source = this.#analyser = undefined;
    this.#context = context;
    const track = this.#track;
    if (track === undefined || context === undefined) return;
    try {
      this.#analyser = context.createAnalyser();
      this.#analyser.fftSize = this.#samples.length;
      this.#source = context.createMediaStreamSource(new MediaStream([track]));
      this.#source.connect(this.#analyser);
    } catch {
      this.#analyser = undefined;
    }
  }
}
