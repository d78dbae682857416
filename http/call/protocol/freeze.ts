/**
 * Notices that a camera's encoder stands still, and says when to restart it. Counts of frames and
 * `now` in, a decision out. It knows no WebRTC.
 *
 * @module
 */

import { ENCODER_FROZEN_MS, ENCODER_RESTARTS } from "./limits.ts";

/** Watches the encoder of one connection. */
export class FreezeGauge {
  #frames: number | undefined;
  #movedAt = 0;
  #restarts = 0;

  /**
   * Takes a report; about every three seconds.
   *
   * @param frames encoded since the connection began; undefined if the browser does not tell, or if
   *   no camera is being sent.
   * @returns whether the encoder has to be restarted now.
   */
  report(frames: number | undefined, now: number): boolean {
    if (frames === undefined || frames !== this.#frames) {
      this.#frames = frames;
      this.#movedAt = now;
      return false;
    }
    if (now - this.#movedAt < ENCODER_FROZEN_MS || this.#restarts >= ENCODER_RESTARTS) return false;
    this.#restarts++;
    this.#movedAt = now;
    return true;
  }
}
