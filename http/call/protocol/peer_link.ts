/**
 * The media link with one person as a state machine: idle → dialling → connected → disconnected →
 * idle … The side with the smaller id (compared as strings) dials; the other side may ask it to.
 * Events and `now` go in; the next step and the next deadline come out. It knows no WebRTC.
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

/** What the steps of a link depend on, apart from its state. */
export interface LinkConditions {
  /** Whether this side dials, because it has the smaller id. */
  readonly dials: boolean;
  /** Whether this guest is in the call, the hub is joined, and the person was heard recently. */
  readonly reachable: boolean;
}

/** What to do: open a connection and make an offer, close it, or ask the other side to dial. */
export type LinkStep = "dial" | "close" | "ask";

/** Maintains the link with one person. */
export class PeerLink {
  #state: "idle" | "dialling" | "connected" | "disconnected" = "idle";
  /** When the state began. */
  #since: number;
  #failures = 0;
  /** When this side may dial again. */
  #retryAt = -Infinity;
  /** When this side last asked the other side to dial, and how many times in a row. */
  #askedAt = -Infinity;
  #asks = 0;
  /** Whether there was a connection since this guest entered the call. */
  #wasConnected = false;

  constructor(now: number) {
    this.#since = now;
  }

  /** How many tries have failed in a row. */
  get failures(): number {
    return this.#failures;
  }
  /** Whether there is a connection, in any state. */
  get isOpen(): boolean {
    return this.#state !== "idle";
  }
  /** Whether the connection is up. */
  get isConnected(): boolean {
    return this.#state === "connected";
  }
  /** Whether the connection was up, is interrupted, and may recover by itself. */
  get isInterrupted(): boolean {
    return this.#state === "disconnected";
  }
  /** Whether the connection is being set up, by this side or the other. */
  get isDialling(): boolean {
    return this.#state === "dialling";
  }

  /** The state as a view shows it. */
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

  /** When the result of {@link step} or {@link shown} may change. */
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

  /** Takes the next step. To be called until it returns undefined. */
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

  /** This side answers an offer, so a connection is being set up. */
  answering(now: number): void {
    this.#enter("dialling", now);
  }

  /** The connection is up. */
  connected(now: number): void {
    if (this.#state === "idle") return;
    this.#wasConnected = true;
    this.#enter("connected", now);
  }

  /** The connection is interrupted, and may recover by itself. */
  disconnected(now: number): void {
    if (this.#state === "connected") {
      this.#forgive(now);
      this.#enter("disconnected", now);
    }
  }

  /** The connection has failed. */
  down(now: number): void {
    if (this.#state === "idle") return;
    this.#forgive(now);
    this.#fail(now);
  }

  /**
   * The other side asks for a new connection. @returns whether the current one has to be closed.
   */
  redialAsked(now: number): boolean {
    const isFresh = this.#state === "dialling" ||
      (this.#state === "connected" && now - this.#since < LINK_DIAL_MS);
    if (isFresh || this.#state === "idle") return false;
    this.#fail(now);
    return true;
  }

  /** Tries at once, because the person was recognized again, or this guest has entered the call. */
  renew(now: number): void {
    if (this.#state !== "idle") return;
    this.#since = now;
    this.#retryAt = -Infinity;
    this.#asks = 0;
    this.#askedAt = -Infinity;
  }

  /** The connection was closed on purpose, because this guest has left the call. */
  rest(now: number): void {
    this.#enter("idle", now);
    this.#failures = 0;
    this.#wasConnected = false;
    this.renew(now);
  }

  /** When this side asks the other side to dial. */
  #askAt(): number {
    // The pause doubles each time, up to 80 s, so that a guest that cannot dial gets few requests.
    return Math.max(this.#since, this.#askedAt) + LINK_ASK_MS * 2 ** Math.min(this.#asks, 3);
  }

  #fail(now: number): void {
    const pause = LINK_PAUSES_MS[Math.min(this.#failures, LINK_PAUSES_MS.length - 1)];
    this.#failures++;
    this.#retryAt = now + pause;
    this.#enter("idle", now);
  }

  /** Forgets earlier failures if the connection was up for long enough. */
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
