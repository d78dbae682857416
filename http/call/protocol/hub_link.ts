/**
 * The connection with the hub as a state machine: connecting → joined → lost → connecting … Events
 * and `now` in; what to do and the next deadline out. It knows no WebRTC and no payloads.
 *
 * @module
 */

import { HUB_DIAL_MS, HUB_PAUSES_MS, HUB_PROBE_MS, HUB_SILENCE_MS } from "./limits.ts";

/**
 * Actions for the caller. Dials are numbered. The connection before a dial stays open until that
 * dial is joined: only an open connection can tell the hub that this guest is not there twice.
 */
export type HubStep =
  | { readonly do: "dial"; readonly dial: number }
  | { readonly do: "hang-up"; readonly dial: number }
  /** Ask the hub something, so that it has to answer. */
  | { readonly do: "probe"; readonly dial: number }
  | { readonly do: "joined"; readonly dial: number; readonly id: number }
  | { readonly do: "lost" };

/** Maintains the connection with the hub. */
export class HubLink {
  #state: "off" | "connecting" | "joined" | "lost" = "off";
  #dial = 0;
  /** The connection that was in use before the present dial. */
  #former: number | undefined;
  #failures = 0;
  /** When the state's patience ends: the dial's, the pause's, or the hub's silence. */
  #due = Infinity;
  /** The hub was asked and has not answered yet. */
  #isAsked = false;
  #steps: HubStep[] = [];

  get state(): "connecting" | "joined" | "lost" {
    return this.#state === "off" ? "connecting" : this.#state;
  }
  /** Tries that failed, in a row. */
  get failures(): number {
    return this.#failures;
  }
  /** When the next try begins, while lost. */
  get retryAt(): number | undefined {
    return this.#state === "lost" ? this.#due : undefined;
  }
  /** The connection to send on; undefined unless joined. */
  get joinedDial(): number | undefined {
    return this.#state === "joined" ? this.#dial : undefined;
  }
  /** When {@link tick} has something to do. */
  get nextDeadline(): number {
    return this.#due;
  }

  /** Takes what is to be done since the last time. */
  take(): HubStep[] {
    return this.#steps.splice(0);
  }

  start(now: number): void {
    if (this.#state === "off") this.#connect(now);
  }

  /** The `id` frame came on connection `dial`. */
  gotId(dial: number, id: number, now: number): void {
    if (dial !== this.#dial || this.#state !== "connecting") return;
    this.#state = "joined";
    this.#failures = 0;
    this.#isAsked = false;
    this.#due = now + HUB_SILENCE_MS;
    this.#hangUpFormer();
    this.#steps.push({ do: "joined", dial, id });
  }

  /** Any frame came on connection `dial`. */
  heard(dial: number, now: number): void {
    if (this.#state !== "joined" || dial !== this.#dial) return;
    this.#due = now + HUB_SILENCE_MS;
    this.#isAsked = false;
  }

  /** The browser reports that connection `dial` is down. */
  down(dial: number, now: number): void {
    if (dial === this.#former) {
      this.#hangUpFormer();
      return;
    }
    if (dial !== this.#dial) return;
    if (this.#state === "connecting") this.#fail(now);
    else if (this.#state === "joined") this.#lose(now);
  }

  /** The device woke, the page is on screen, or the network is back: stop waiting. */
  wake(now: number): void {
    if (this.#state === "lost") this.#connect(now);
    else if (this.#state === "joined" && !this.#isAsked) this.#ask(now);
  }

  tick(now: number): void {
    if (now < this.#due) return;
    if (this.#state === "connecting") this.#fail(now);
    else if (this.#state === "joined" && !this.#isAsked) this.#ask(now);
    else if (this.#state === "joined") this.#lose(now);
    else if (this.#state === "lost") this.#connect(now);
  }

  /** What has come meanwhile is read before the answer to this, however late everything is. */
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
    // What was joined until now is dialled anew after the shortest pause.
    const at = Math.min(Math.max(0, this.#failures - 1), HUB_PAUSES_MS.length - 1);
    this.#due = now + HUB_PAUSES_MS[at];
  }

  #hangUpFormer(): void {
    if (this.#former !== undefined) this.#steps.push({ do: "hang-up", dial: this.#former });
    this.#former = undefined;
  }
}
