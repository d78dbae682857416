/**
 * How long to wait for an acknowledgement (RFC 9260 §6.3): from the round trips that were measured,
 * and twice as long after each timeout. It knows no clock. The caller must measure with one that
 * never jumps.
 *
 * @module
 */

import { SCTP_RTO_MS } from "../limits.ts";

/** RTO.Alpha and RTO.Beta (§16). */
const ALPHA = 1 / 8;
const BETA = 1 / 4;

/** The retransmission timeout of one association. */
export class RetransmissionTimeout {
  #smoothed: number | undefined;
  #variation = 0;
  #ms: number = SCTP_RTO_MS.initial;

  /** Milliseconds. */
  get ms(): number {
    return this.#ms;
  }

  /** Takes a round trip in milliseconds (§6.3.1). It ends a back-off. */
  measured(roundTrip: number): void {
    if (this.#smoothed === undefined) {
      this.#smoothed = roundTrip;
      this.#variation = roundTrip / 2;
    } else {
      this.#variation += BETA * (Math.abs(this.#smoothed - roundTrip) - this.#variation);
      this.#smoothed += ALPHA * (roundTrip - this.#smoothed);
    }
    this.#set(this.#smoothed + 4 * this.#variation);
  }

  /** Nothing came in time (§6.3.3, E2). */
  backOff(): void {
    this.#set(2 * this.#ms);
  }

  #set(ms: number): void {
    this.#ms = Math.min(Math.max(ms, SCTP_RTO_MS.min), SCTP_RTO_MS.max);
  }
}
