/**
 * Where sound comes out: the chosen loudspeaker for all media elements.
 *
 * @module
 */

/// <reference lib="dom" />

/** The media elements of the page. */
export class Outputs {
  readonly #elements = new Set<WeakRef<HTMLMediaElement>>();
  readonly #failed: () => void;
  #id = "";

  constructor(failed: () => void) {
    this.#failed = failed;
  }

  /** Whether this browser can choose. */
  static get canChoose(): boolean {
    return typeof HTMLMediaElement.prototype.setSinkId === "function";
  }

  /** The chosen one; empty for the system's. */
  get chosen(): string {
    return this.#id;
  }

  attach(element: HTMLMediaElement): void {
    this.#elements.add(new WeakRef(element));
    if (this.#id !== "") this.#route(element);
  }

  /** One loudspeaker for all: two of them would be heard by the echo canceller as one (trap 44). */
  choose(id: string): void {
    this.#id = id;
    for (const reference of this.#elements) {
      const element = reference.deref();
      if (element === undefined) this.#elements.delete(reference);
      else this.#route(element);
    }
  }

  #route(element: HTMLMediaElement): void {
    if (!Outputs.canChoose) return;
    element.setSinkId(this.#id).catch(() => {
      if (this.#id === "") return;
      this.choose("");
      this.#failed();
    });
  }
}

/** Tells iPhones that this is a call: loudspeaker, and no silence by the ring switch (trap 18). */
export function setCallAudio(isInCall: boolean): void {
  const { audioSession } = navigator as { audioSession?: { type: string } };
  if (audioSession === undefined) return;
  try {
    audioSession.type = isInCall ? "play-and-record" : "auto";
  } catch {
    // Then the browser decides.
  }
}
