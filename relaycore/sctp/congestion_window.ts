/**
 * Limits how many bytes may be in flight, so that the path is not overrun (RFC 9260 §7.2): slow
 * start, congestion avoidance, and the reaction to loss.
 *
 * @module
 */

import { SCTP_INITIAL_WINDOW_PACKETS, SCTP_MTU } from "../limits.ts";
import { COMMON_HEADER_LENGTH } from "./chunk.ts";

/** Bytes of DATA chunks in a full packet (PMDCS in the RFC): the unit of the calculations here. */
export const PACKET = SCTP_MTU - COMMON_HEADER_LENGTH;

/**
 * Bytes by which the window may grow with one SACK in slow start: two packets, because guests
 * acknowledge every second packet (RFC 3465).
 */
const GROWTH_LIMIT = 2 * PACKET;

const LEAST_THRESHOLD = 4 * PACKET;

/** The congestion window of one association. */
export class CongestionWindow {
  /** In the RFC: cwnd. */
  #bytes = SCTP_INITIAL_WINDOW_PACKETS * PACKET;
  /** Up to this size the window is in slow start (ssthresh). */
  #threshold = Infinity;
  /**
   * Bytes acknowledged since the window last grew in congestion avoidance (partial_bytes_acked).
   */
  #acknowledged = 0;

  /** Bytes that may be in flight. */
  get bytes(): number {
    return this.#bytes;
  }

  /**
   * A SACK has advanced the cumulative TSN, outside of fast recovery (§7.2.1, §7.2.2).
   *
   * @param bytes how many bytes it acknowledged.
   * @param wasFull whether the window was in full use. A window that is not used does not grow.
   */
  acknowledged(bytes: number, wasFull: boolean): void {
    if (this.#bytes <= this.#threshold) {
      if (wasFull) this.#bytes += Math.min(bytes, GROWTH_LIMIT);
      return;
    }
    this.#acknowledged += bytes;
    if (this.#acknowledged < this.#bytes) return;
    this.#acknowledged = wasFull ? this.#acknowledged - this.#bytes : this.#bytes;
    if (wasFull) this.#bytes += PACKET;
  }

  /** Some chunks were lost, but later ones arrived (§7.2.3, §7.2.4). */
  lost(): void {
    this.#threshold = Math.max(this.#bytes / 2, LEAST_THRESHOLD);
    this.#bytes = this.#threshold;
    this.#acknowledged = 0;
  }

  /** The retransmission timer has expired (§7.2.3). */
  timedOut(): void {
    this.lost();
    this.#bytes = PACKET;
  }

  /** Nothing was sent for a while, so what was learned about the path may be outdated (§7.2.1). */
  rested(): void {
    this.#bytes = Math.max(this.#bytes / 2, LEAST_THRESHOLD);
  }

  /** Everything is acknowledged: the count of acknowledged bytes is reset (§7.2.2). */
  emptied(): void {
    this.#acknowledged = 0;
  }
}
