/**
 * The connection with the hub as a state machine: connecting → joined → lost → connecting … Events
 * and `now` go in; steps and the next deadline come out. It knows neither WebRTC nor payloads.
 *
 * @module
 */

import { HUB_DIAL_MS, HUB_PAUSES_MS, HUB_PROBE_MS, HUB_SILENCE_MS } from "./limits.ts";

/**
 * What the caller has to do. Each dial has a number, which is also the number of its connection.
 * When a connection is lost, it stays open until the next dial has joined. If it is closed then,
 * its goodbye reaches the hub, which would otherwise list this guest twice for a while.
 */
export type HubStep =
  | { readonly do: "dial"; readonly dial: number }
  | { readonly do: "hang-up"; readonly dial: number }
  /** Ask the hub for something that it answers. */
  | { readonly do: "probe"; readonly dial: number }
  | { readonly do: "joined"; readonly dial: number; readonly id: number }
  | { readonly do: "lost" };

/** Maintains the connection with the hub. */
export class HubLink {
  #state: "off" | "connecting" | "joined" | "lost" = "off";
  /** The number of the latest dial. */
  #dial = 0;
  /** The connection that was lost, and is still open. */
  #former: number | undefined;
  #failures = 0;
  /** When the time for the dial, the pause between two dials, or the hub's silence is over. */
  #due = Infinity;
  /** Whether the hub was asked and has not answered yet. */
  #isAsked = false;
  #steps: HubStep[] = [];

  /** The state as a view shows it. */
  get state(): "connecting" | "joined" | "lost" {
    return this.#state === "off" ? "connecting" : this.#state;
  }
  /** How many tries have failed in a row. */
  get failures(): number {
    return this.#failures;
  }
  /** When the next try begins; undefined unless the hub is lost. */
  get retryAt(): number | undefined {
    return this.#state === "lost" ? this.#due : undefined;
  }
  /** The number of the connection in use; undefined unless the hub is joined. */
  get joinedDial(): number | undefined {
    return this.#state === "joined" ? this.#dial : undefined;
  }
  /** When {@link tick} has something to do. */
  get nextDeadline(): number {
    return this.#due;
  }

  /** Takes the steps that have accumulated since the last call. */
  take(): HubStep[] {
    return this.#steps.splice(0);
  }

  /** Dials the hub for the first time. */
  start(now: number): void {
    if (this.#state === "off") this.#connect(now);
  }

  /** The `id` frame has arrived on the connection `dial`. */
  gotId(dial: number, id: number, now: number): void {
    if (dial !== this.#dial || this.#state !== "connecting") return;
    this.#state = "joined";
    this.#failures = 0;
    this.#isAsked = false;
    this.#due = now + HUB_SILENCE_MS;
    this.#hangUpFormer();
    this.#steps.push({ do: "joined", dial, id });
  }

  /** Anything has arrived on the connection `dial`. */
  heard(dial: number, now: number): void {
    if (this.#state !== "joined" || dial !== this.#dial) return;
    this.#due = now + HUB_SILENCE_MS;
    this.#isAsked = false;
  }

  /** The connection `dial` has failed or was closed. */
  down(dial: number, now: number): void {
    if (dial === this.#former) {
      this.#hangUpFormer();
      return;
    }
    if (dial !== this.#dial) return;
    if (this.#state === "connecting") this.#fail(now);
    else if (this.#state === "joined") this.#lose(now);
  }

  /**
   * The device has woken, the page is on screen again, or the network is back. A lost hub is
   * dialled at once, and a joined one is asked whether it is still there.
   */
  wake(now: number): void {
    if (this.#state === "lost") this.#connect(now);
    else if (this.#state === "joined" && !this.#isAsked) this.#ask(now);
  }

  /** Does what has become due. To be called at {@link nextDeadline}. */
  tick(now: number): void {
    if (now < this.#due) return;
    if (this.#state === "connecting") this.#fail(now);
    else if (this.#state === "joined" && !this.#isAsked) this.#ask(now);
    else if (this.#state === "joined") this.#lose(now);
    else if (this.#state === "lost") this.#connect(now);
  }

  /**
   * Asks the hub whether it is still there. A busy device may have unread messages. It reads these
   * first, so it does not give up a connection that works.
   */
  #ask(now: number): void {
    this.#isAsked = true;
    this.#due = now + HUB_PROBE_MS;
    this.#steps.push({ do: "probe", dial: this.#dial });
  }

  #connect(now: number): void {
    this.#state = "connecting";
    this.#due = now + HUB_DIAL_MS;
    this.#steps.push({ do: "dial", dial: ++this.#dial });
  }

  #lose(now: number): void {
    this.#hangUpFormer();
    this.#former = this.#dial;
    this.#steps.push({ do: "lost" });
    this.#pause(now);
  }

  #fail(now: number): void {
    this.#steps.push({ do: "hang-up", dial: this.#dial });
    this.#failures++;
    this.#pause(now);
  }

  #pause(now: number): void {
    this.#state = "lost";
    // A hub that was joined until now has no failures yet, so the shortest pause follows.
    const at = Math.min(Math.max(0, this.#failures - 1), HUB_PAUSES_MS.length - 1);
    this.#due = now + HUB_PAUSES_MS[at];
  }

  #hangUpFormer(): void {
    if (this.#former !== undefined) this.#steps.push({ do: "hang-up", dial: this.#former });
    this.#former = undefined;
  }
}
