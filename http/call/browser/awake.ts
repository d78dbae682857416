/**
 * Keeps the screen on during a call, and notices when the page or the network is back.
 *
 * @module
 */

/// <reference lib="dom" />

/** Holds the screen's wake lock, and watches the page and the network. */
export class Awake {
  readonly #onWake: () => void;
  #isWanted = false;
  #lock: WakeLockSentinel | undefined;
  #asking = false;

  /** @param onWake called when the page is on screen again or the network is back. */
  constructor(onWake: () => void) {
    this.#onWake = onWake;
    globalThis.addEventListener("online", onWake);
    globalThis.addEventListener("pageshow", onWake);
    document.addEventListener("visibilitychange", this.#visible);
    document.addEventListener("resume", onWake);
    // Older Safari grants the lock only during a tap (docs/CALL.md, trap 21).
    document.addEventListener("pointerup", this.#tapped);
  }

  /** Sets whether the screen should stay on. */
  keep(isWanted: boolean): void {
    this.#isWanted = isWanted;
    if (isWanted) this.#ask();
    else {
      this.#lock?.release().catch(() => {});
      this.#lock = undefined;
    }
  }

  close(): void {
    this.keep(false);
    globalThis.removeEventListener("online", this.#onWake);
    globalThis.removeEventListener("pageshow", this.#onWake);
    document.removeEventListener("visibilitychange", this.#visible);
    document.removeEventListener("resume", this.#onWake);
    document.removeEventListener("pointerup", this.#tapped);
  }

  readonly #visible = () => {
    if (document.visibilityState !== "visible") return;
    this.#ask();
    this.#onWake();
  };

  readonly #tapped = () => this.#ask();

  #ask(): void {
    if (!this.#isWanted || this.#asking || this.#lock?.released === false) return;
    if (navigator.wakeLock === undefined || document.visibilityState !== "visible") return;
    this.#asking = true;
    navigator.wakeLock.request("screen").then((lock) => {
      if (this.#isWanted) this.#lock = lock;
      else lock.release().catch(() => {});
    }, () => {}).finally(() => this.#asking = false);
  }
}
