/**
 * How long to wait for an acknowledgement (RFC 9260 §6.3). The time follows the measured round
 * trips, and doubles after each timeout. This file knows no clock. The caller must measure with a
 * clock that never jumps.
 *
 * @module
 */

import { SCTP_RTO_MS } from "../limits.ts";

/** RTO.Alpha and RTO.Beta (§16). */
const ALPHA = 1 / 8;
const BETA = 1 / 4;

/** The retransmission timeout of one association. */
export class RetransmissionTimeout {
  /** SRTT and RTTVAR in the RFC. */
  #smoothed: number | undefined;
  #variation = 0;
  #ms: number = SCTP_RTO_MS.initial;
  #leastRoundTrip = Infinity;

  /** The timeout (RTO) in milliseconds. */
  get ms(): number {
    return this.#ms;
  }

  /** The usual round trip in milliseconds; undefined before the first measurement. */
  get roundTrip(): number | undefined {
    return this.#smoothed;
  }

  /** The shortest round trip so far in milliseconds; Infinity before the first measurement. */
  get leastRoundTrip(): number {
    return this.#leastRoundTrip;
  }

  /** Takes a measured round trip in milliseconds (§6.3.1). This also ends a back-off. */
  measured(roundTrip: number): void {
    if (roundTrip < this.#leastRoundTrip) this.#leastRoundTrip = roundTrip;
    if (this.#smoothed === undefined) {
      this.#smoothed = roundTrip;
      this.#variation = roundTrip / 2;
    } else {
      this.#variation += BETA * (Math.abs(this.#smoothed - roundTrip) - this.#variation);
      this.#smoothed += ALPHA * (roundTrip - this.#smoothed);
    }
    this.answered();
  }

  /**
   * The guest has acknowledged what it was missing, so it can be reached: a back-off ends. Otherwise a
   * back-off would last until a chunk arrives that was sent only once, which may take long on bad
   * Wi-Fi.
   */
  answered(): void {
    if (this.#smoothed === undefined) this.#ms = SCTP_RTO_MS.initial;
    else this.#set(this.#smoothed + 4 * this.#variation);
  }

  /** The timer has expired: the timeout doubles (§6.3.3, E2). */
  backOff(): void {
    this.#set(2 * this.#ms);
  }

  #set(ms: number): void {
    this.#ms = Math.min(Math.max(ms, SCTP_RTO_MS.min), SCTP_RTO_MS.max);
  }
}
