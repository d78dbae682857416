/**
 * How much may be under way at once so that the path is not overrun (RFC 9260 §7.2): slow start,
 * congestion avoidance, and what loss does to them.
 *
 * @module
 */

import { SCTP_INITIAL_WINDOW_PACKETS, SCTP_MTU } from "../limits.ts";

/**
 * Packets by which one SACK may let the window grow in slow start: two, as guests acknowledge every
 * second packet (RFC 3465).
 */
const GROWTH_LIMIT = 2 * SCTP_MTU;

const LEAST_THRESHOLD = 4 * SCTP_MTU;

/** The congestion window of one association. */
export class CongestionWindow {
  #bytes = SCTP_INITIAL_WINDOW_PACKETS * SCTP_MTU;
  /** Below it the window grows fast. */
  #threshold = Infinity;
  /** Acknowledged since the window last grew in congestion avoidance. */
  #acknowledged = 0;

  /** Bytes that may be under way. */
  get bytes(): number {
    return this.#bytes;
  }

  /**
   * A SACK has moved the cumulative TSN on, outside of fast recovery (§7.2.1, §7.2.2).
   *
   * @param bytes that it acknowledged.
   * @param flightBefore bytes under way before it: a window that was not used does not grow.
   */
  acknowledged(bytes: number, flightBefore: number): void {
    const wasFull = flightBefore + SCTP_MTU > this.#bytes;
    if (this.#bytes <= this.#threshold) {
      if (wasFull) this.#bytes += Math.min(bytes, GROWTH_LIMIT);
      return;
    }
    this.#acknowledged += bytes;
    if (this.#acknowledged < this.#bytes) return;
    this.#acknowledged = wasFull ? this.#acknowledged - this.#bytes : this.#bytes;
    if (wasFull) this.#bytes += SCTP_MTU;
  }

  /** Chunks were lost, and others came through (§7.2.3, §7.2.4). */
  lost(): void {
    this.#threshold = Math.max(this.#bytes / 2, LEAST_THRESHOLD);
    this.#bytes = this.#threshold;
    this.#acknowledged = 0;
  }

  /** Nothing came through for a whole timeout (§7.2.3). */
  timedOut(): void {
    this.lost();
    this.#bytes = SCTP_MTU;
  }

  /** Nothing was sent for a while, so nothing is known of the path any more (§7.2.1). */
  rested(): void {
    this.#bytes = Math.max(this.#bytes / 2, LEAST_THRESHOLD);
  }

  /** Everything is acknowledged: what was counted is void (§7.2.2). */
  emptied(): void {
    this.#acknowledged = 0;
  }
}
