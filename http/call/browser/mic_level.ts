/**
 * How loud the own microphone is. Remote speech never goes through here: played by Web Audio it
 * would echo (trap 44).
 *
 * @module
 */

/// <reference lib="dom" />

import { FreezeGauge } from "../protocol/freeze.ts";
import { AUDIO_FROZEN_MS, AUDIO_RESTARTS } from "../protocol/limits.ts";

/** Measures one track. */
export class MicLevel {
  #track: MediaStreamTrack | undefined;
  /** The page's context, or one of this meter's own after that one froze. */
  #context: AudioContext | undefined;
  #ownContext: AudioContext | undefined;
  /** The context's time at the last reading. */
  #time = -1;
  readonly #freeze = new FreezeGauge(AUDIO_FROZEN_MS, AUDIO_RESTARTS);
  #source: MediaStreamAudioSourceNode | undefined;
  #analyser: AnalyserNode | undefined;
  #samples = new Float32Array(1024);

  /** Follows another track, or none. */
  follow(track: MediaStreamTrack | undefined, context: AudioContext | undefined): void {
    // Something was tapped perhaps, which some browsers wait for.
    if (this.#ownContext?.state === "suspended") this.#ownContext.resume().catch(() => {});
    if (track === this.#track) return;
    this.#track = track;
    this.#listen(this.#ownContext ?? context);
  }

  /** The level now, 0 to 1. A muted microphone is silent, and so is a context that stands still. */
  read(): number {
    if (!this.#isMoving() || this.#analyser === undefined || this.#track?.enabled !== true) {
      return 0;
    }
    this.#analyser.getFloatTimeDomainData(this.#samples);
    let sum = 0;
    for (const sample of this.#samples) sum += sample * sample;
    return Math.min(1, Math.sqrt(sum / this.#samples.length));
  }

  /** Ends what this meter has begun. */
  close(): void {
    this.#track = undefined;
    this.#listen(undefined);
    this.#ownContext?.close().catch(() => {});
  }

  /**
   * Whether the context's clock runs. After a phone call Safari may say `running` while it stands
   * still, and then only a new context measures again (trap 20).
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
      // The browser allows no more of them: the meter stands still.
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
