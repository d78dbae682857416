/**
 * Routes the sound of all media elements to the chosen loudspeaker.
 *
 * @module
 */

/// <reference lib="dom" />

/** The media elements of the page, and the loudspeaker that they use. */
export class Outputs {
  readonly #elements = new Set<WeakRef<HTMLMediaElement>>();
  readonly #failed: () => void;
  #id = "";

  /**
   * @param failed called when the chosen loudspeaker cannot be used and the system's is used
   *   instead.
   */
  constructor(failed: () => void) {
    this.#failed = failed;
  }

  /** Whether a page can choose the loudspeaker in this browser. */
  static get canChoose(): boolean {
    return typeof HTMLMediaElement.prototype.setSinkId === "function";
  }

  /** The id of the chosen loudspeaker; empty for the system's. */
  get chosen(): string {
    return this.#id;
  }

  /** Adds a media element. It is forgotten some time after the page has ceased to use it. */
  attach(element: HTMLMediaElement): void {
    for (const reference of this.#elements) {
      if (reference.deref() === undefined) this.#elements.delete(reference);
    }
    this.#elements.add(new WeakRef(element));
    if (this.#id !== "") this.#route(element);
  }

  /**
   * Uses another loudspeaker. All elements use the same one, because the echo canceller can remove
   * the sound of only one (docs/CALL.md, trap 44).
   */
  choose(id: string): void {
    this.#id = id;
    for (const reference of this.#elements) {
      const element = reference.deref();
      if (element !== undefined) this.#route(element);
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

/**
 * Tells an iPhone whether there is a call. In a call it uses the loudspeaker, and the silent switch
 * does not mute it (docs/CALL.md, trap 18).
 */
export function setCallAudio(isInCall: boolean): void {
  const { audioSession } = navigator as { audioSession?: { type: string } };
  if (audioSession === undefined) return;
  try {
    audioSession.type = isInCall ? "play-and-record" : "auto";
  } catch {
    // The browser keeps its own choice.
  }
}
