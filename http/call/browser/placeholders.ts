/**
 * Silence and a black picture. These tracks are sent while there is no microphone or camera, so
 * that every link has both tracks from the start, and no new offer is ever needed.
 *
 * @module
 */

/// <reference lib="dom" />

import { PLACEHOLDER_EVERY_MS } from "../protocol/limits.ts";

/** The size of the black picture, in pixels. */
const WIDTH = 160, HEIGHT = 90;

/** A track of silence; undefined in a browser without Web Audio. */
export function silentTrack(context: AudioContext | undefined): MediaStreamTrack | undefined {
  if (context === undefined) return undefined;
  const destination = context.createMediaStreamDestination();
  const silence = context.createGain();
  silence.gain.value = 0;
  const source = context.createOscillator();
  source.connect(silence).connect(destination);
  source.start();
  return destination.stream.getAudioTracks()[0];
}

/** A track of black frames; undefined in a browser that cannot capture a canvas. */
export class BlackPicture {
  readonly track: MediaStreamTrack | undefined;
  readonly #timer: ReturnType<typeof setInterval> | undefined;

  constructor() {
    const canvas = document.createElement("canvas");
    canvas.width = WIDTH;
    canvas.height = HEIGHT;
    // Firefox can capture a canvas only after it has a context.
    const context = canvas.getContext("2d");
    if (context === null || typeof canvas.captureStream !== "function") return;
    const draw = () => context.fillRect(0, 0, WIDTH, HEIGHT);
    draw();
    this.track = canvas.captureStream().getVideoTracks()[0];
    this.#timer = setInterval(draw, PLACEHOLDER_EVERY_MS);
  }

  stop(): void {
    clearInterval(this.#timer);
    this.track?.stop();
  }
}
