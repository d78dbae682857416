/**
 * How loud the own microphone is. Remote speech never goes through here: played by Web Audio it
 * would echo (trap 44).
 *
 * @module
 */

/// <reference lib="dom" />

/** Measures one track. */
export class MicLevel {
  #track: MediaStreamTrack | undefined;
  #source: MediaStreamAudioSourceNode | undefined;
  #analyser: AnalyserNode | undefined;
  #samples = new Float32Array(1024);

  /** Follows another track, or none. */
  follow(track: MediaStreamTrack | undefined, context: AudioContext | undefined): void {
    if (track === this.#track) return;
    this.#source?.disconnect();
    this.#source = this.#analyser = undefined;
    this.#track = track;
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

  /** The level now, 0 to 1. A muted microphone is silent. */
  read(): number {
    if (this.#analyser === undefined || this.#track?.enabled !== true) return 0;
    this.#analyser.getFloatTimeDomainData(this.#samples);
    let sum = 0;
    for (const sample of this.#samples) sum += sample * sample;
    return Math.min(1, Math.sqrt(sum / this.#samples.length));
  }
}
