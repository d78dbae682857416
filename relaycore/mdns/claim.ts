/**
 * The hub's claim to one unique name: probing for it, holding it, losing it (RFC 6762 §8, §9).
 * Pure: it gets the time and what other hosts send, and sends nothing itself.
 *
 * @module
 */

import {
  MDNS_ANNOUNCE_INTERVAL_MS,
  MDNS_ANNOUNCEMENTS,
  MDNS_DEFERRED_PROBE_MS,
  MDNS_PROBE_INTERVAL_MS,
  MDNS_PROBES,
  MDNS_RECLAIM_INTERVAL_MS,
} from "../limits.ts";

/** What is due for a claim. */
export type ClaimStep = "probe" | "announce" | undefined;

/** A claim to a name. */
export class Claim {
  #name: string;
  readonly #rename: ((attempt: number) => string) | undefined;
  #attempt = 1;
  #phase: "idle" | "probing" | "held" | "taken" = "idle";
  #sent = 0;
  #due = Infinity;
  #isAnswered = false;
  #takenBy: string | undefined;

  /**
   * @param name the whole name.
   * @param rename makes another name when another host has this one; attempts count 2, 3 and so on.
   *   A claim without this function gives up, and tries again from time to time.
   */
  constructor(name: string, rename?: (attempt: number) => string) {
    this.#name = name;
    this.#rename = rename;
  }

  get name(): string {
    return this.#name;
  }

  /** The time when {@link step} next returns something; Infinity for never. */
  get due(): number {
    return this.#due;
  }

  /**
   * Whether questions for the name are answered. They are if the name is held, or was held until a
   * network changed.
   */
  get isAnswered(): boolean {
    return this.#isAnswered;
  }

  /** Whether the hub is probing for the name, so that other hosts' probes for it count (§8.2). */
  get isProbing(): boolean {
    return this.#phase === "probing";
  }

  /**
   * The address of another host that has the name, if any. The name counts as taken until the hub
   * has probed for it again.
   */
  get takenBy(): string | undefined {
    return this.#takenBy;
  }

  /** Starts or restarts probing. */
  start(at: number): void {
    this.#phase = "probing";
    this.#sent = 0;
    this.#due = at;
  }

  /** Stops claiming the name until {@link start} is called. */
  pause(): void {
    this.#phase = "idle";
    this.#due = Infinity;
    this.#isAnswered = false;
  }

  /** Announces again, because the records of the name have changed. */
  announceAgain(now: number): void {
    if (this.#phase !== "held") return;
    this.#sent = 0;
    this.#due = now;
  }

  /** The message that has to be sent now. The caller sends it. */
  step(now: number): ClaimStep {
    if (now < this.#due) return undefined;
    if (this.#phase === "taken") this.start(now);
    if (this.#phase === "probing") {
      this.#due = now + MDNS_PROBE_INTERVAL_MS;
      if (this.#sent++ < MDNS_PROBES) return "probe";
      // No host has objected.
      this.#phase = "held";
      this.#isAnswered = true;
      this.#takenBy = undefined;
      this.#sent = 0;
    }
    this.#sent++;
    this.#due = this.#sent < MDNS_ANNOUNCEMENTS ? now + MDNS_ANNOUNCE_INTERVAL_MS : Infinity;
    return "announce";
  }

  /** Another host's records for the name were seen in a response. */
  contradicted(by: string, now: number): void {
    switch (this.#phase) {
      case "idle":
        return;
      case "held": // §9: probe again; the name is kept if it is still free
        this.#isAnswered = false;
        return this.start(now);
      case "taken":
        this.#takenBy = by;
        this.#due = now + MDNS_RECLAIM_INTERVAL_MS;
        return;
      case "probing":
        this.#isAnswered = false;
        if (this.#rename !== undefined) {
          this.#name = this.#rename(++this.#attempt);
          // A host that contradicts every name must not make the hub send many probes (§8.1).
          return this.start(now + (this.#attempt > MDNS_PROBES ? MDNS_DEFERRED_PROBE_MS : 0));
        }
        this.#phase = "taken";
        this.#takenBy = by;
        this.#due = now + MDNS_RECLAIM_INTERVAL_MS;
    }
  }

  /** Another host probes for the name at the same time, and has the later records (§8.2). */
  defer(now: number): void {
    if (this.#phase === "probing") this.start(now + MDNS_DEFERRED_PROBE_MS);
  }

  /** The host that has the name said goodbye. */
  released(now: number): void {
    if (this.#phase === "taken") this.#due = Math.min(this.#due, now + MDNS_DEFERRED_PROBE_MS);
  }
}
