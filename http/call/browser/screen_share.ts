/**
 * The shared screen: asks the browser for it, and holds its track until the person ends the
 * sharing, on this page or in the browser's own bar. It knows neither the camera nor the other
 * people.
 *
 * @module
 */

/// <reference lib="dom" />

import type { NoticeCode } from "../state.ts";

/** What a {@link ScreenShare} reports. */
export interface ScreenShareEvents {
  /** The sharing began or ended. */
  changed(): void;
  notice(code: NoticeCode): void;
}

/** The screen that this device may share. */
export class ScreenShare {
  readonly #events: ScreenShareEvents;
  #track: MediaStreamTrack | undefined;

  constructor(events: ScreenShareEvents) {
    this.#events = events;
  }

  /** The video track of the screen; undefined while none is shared. */
  get track(): MediaStreamTrack | undefined {
    return this.#track;
  }

  /** Asks for a screen. Call it in the tap, before anything is awaited (docs/CALL.md, trap 38). */
  start(): void {
    if (this.#track !== undefined) return;
    let asked: Promise<MediaStream>;
    try {
      asked = navigator.mediaDevices.getDisplayMedia({
        video: { frameRate: { ideal: 10, max: 15 } },
        audio: false,
      });
    } catch {
      this.#events.notice("share-failed");
      return;
    }
    asked.then((stream) => {
      const [track] = stream.getVideoTracks();
      if (this.#track !== undefined || track === undefined) return track?.stop();
      track.contentHint = "detail";
      track.onended = () => {
        this.stop();
        this.#events.notice("share-ended");
      };
      this.#track = track;
      this.#events.changed();
    }, (error) => {
      // If the person closes the browser's dialog, nothing has failed.
      if (error?.name !== "NotAllowedError") this.#events.notice("share-failed");
    });
  }

  /** Ends the sharing. Does nothing if no screen is shared. */
  stop(): void {
    if (this.#track === undefined) return;
    this.#track.onended = null;
    this.#track.stop();
    this.#track = undefined;
    this.#events.changed();
  }
}
