/**
 * The media link with one person as a state machine: idle → dialling → connected → disconnected →
 * idle … One side dials, the one with the smaller id as a string; the other may ask for it. Events and
 * `now` in; what to do and the next deadline out. It knows no WebRTC.
 *
 * @module
 */

import type { PersonLink } from "../state.ts";
import {
  LINK_ASK_MS,
  LINK_DIAL_MS,
  LINK_PAUSES_MS,
  LINK_PROVEN_MS,
  LINK_REDIAL_MS,
  LINK_SHAKY_MS,
} from "./limits.ts";

/** What the link depends on besides itself. */
export interface LinkConditions {
  /** This side has the smaller id. */
  readonly dials: boolean;
  /** This device is in the call, the hub is joined, and the person was heard of just now. */
  readonly reachable: boolean;
}

/** What is to be done: open a connection with an offer, close it, or ask the dialler for one. */
export type LinkStep = "dial" | "close" | "ask";

/** Maintains the link with one person. */
export class PeerLink {
  #state: "idle" | "dialling" | "connected" | "disconnected" = "idle";
  /** When the state began. */
  #since: number;
  #failures = 0;
  #retryAt = -Infinity;
  #askedAt = -Infinity;
  #asks = 0;
  #wasConnected = false;

  constructor(now: number) {
    this.#since = now;
  }

  /** Tries that failed, in a row. */
  get failures(): number {
    return this.#failures;
  }
  get isOpen(): boolean {
    return this.#state !== "idle";
  }
  get isConnected(): boolean {
    return this.#state === "connected";
  }
  /** It was connected, is interrupted, and may recover by itself. */
  get isInterrupted(): boolean {
    return this.#state === "disconnected";
  }
  /** It waits for the other side to answer. */
  get isDialling(): boolean {
    return this.#state === "dialling";
  }

  /** The state as people see it. */
  shown(now: number): PersonLink {
    switch (this.#state) {
      case "connected":
        return "connected";
      case "disconnected":
        return now - this.#since >= LINK_SHAKY_MS ? "shaky" : "connected";
      default:
        return this.#wasConnected ? "redialling" : "dialling";
    }
  }

  /** When {@link step} or {@link shown} may say something else. */
  nextDeadline(now: number, { dials, reachable }: LinkConditions): number {
    switch (this.#state) {
      case "dialling":
        return this.#since + LINK_DIAL_MS;
      case "connected":
        return Infinity;
      case "disconnected": {
        const shaky = this.#since + LINK_SHAKY_MS;
        if (now < shaky) return shaky;
        return reachable && dials ? this.#since + LINK_REDIAL_MS : Infinity;
      }
      case "idle":
        if (!reachable) return Infinity;
        return dials ? this.#retryAt : this.#askAt();
    }
  }

  /** The next action, one step at a time; undefined if there is none. */
  step(now: number, { dials, reachable }: LinkConditions): LinkStep | undefined {
    switch (this.#state) {
      case "dialling":
        if (now < this.#since + LINK_DIAL_MS) return undefined;
        this.#fail(now);
        return "close";
      case "disconnected":
        if (!dials || !reachable || now < this.#since + LINK_REDIAL_MS) return undefined;
        this.#fail(now);
        this.#retryAt = now;
        return "close";
      case "idle":
        if (!reachable) return undefined;
        if (dials && now >= this.#retryAt) {
          this.#enter("dialling", now);
          return "dial";
        }
        if (!dials && now >= this.#askAt()) {
          this.#askedAt = now;
          this.#asks++;
          return "ask";
        }
    }
  }

  /** An offer was taken: a connection is on its way. */
  answering(now: number): void {
    this.#enter("dialling", now);
  }

  /** The connection is up. */
  connected(now: number): void {
    if (this.#state === "idle") return;
    this.#wasConnected = true;
    this.#enter("connected", now);
  }

  /** The connection is interrupted, which may heal. */
  disconnected(now: number): void {
    if (this.#state === "connected") {
      this.#forgive(now);
      this.#enter("disconnected", now);
    }
  }

  /** The connection is closed or has failed. */
  down(now: number): void {
    if (this.#state === "idle") return;
    this.#forgive(now);
    this.#fail(now);
  }

  /** The other side asks for a new connection. @returns whether the present one has to be closed. */
  redialAsked(now: number): boolean {
    const isFresh = this.#state === "dialling" ||
      (this.#state === "connected" && now - this.#since < LINK_DIAL_MS);
    if (isFresh || this.#state === "idle") return false;
    this.#fail(now);
    return true;
  }

  /** The person has come back under another id, or this device has entered the call: try at once. */
  renew(now: number): void {
    if (this.#state !== "idle") return;
    this.#since = now;
    this.#retryAt = -Infinity;
    this.#asks = 0;
    this.#askedAt = -Infinity;
  }

  /** The connection was closed on purpose: nothing failed. */
  rest(now: number): void {
    this.#enter("idle", now);
    this.#failures = 0;
    this.#wasConnected = false;
    this.renew(now);
  }

  #askAt(): number {
    // The pause doubles each time, so that a guest that cannot answer is not flooded with requests.
    return Math.max(this.#since, this.#askedAt) + LINK_ASK_MS * 2 ** Math.min(this.#asks, 3);
  }

  #fail(now: number): void {
    const pause = LINK_PAUSES_MS[Math.min(this.#failures, LINK_PAUSES_MS.length - 1)];
    this.#failures++;
    this.#retryAt = now + pause;
    this.#enter("idle", now);
  }

  #forgive(now: number): void {
    if (this.#state !== "connected" || now - this.#since < LINK_PROVEN_MS) return;
    this.#failures = 0;
    this.#asks = 0;
  }

  #enter(state: "idle" | "dialling" | "connected" | "disconnected", now: number): void {
    this.#state = state;
    this.#since = now;
    if (state === "connected") this.#askedAt = -Infinity;
  }
}
