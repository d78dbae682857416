/**
 * How much may be under way at once so that the path is not overrun (RFC 9260 §7.2): slow start,
 * congestion avoidance, and what loss does to them.
 *
 * @module
 */

import { SCTP_INITIAL_WINDOW_PACKETS, SCTP_MTU } from "../limits.ts";
import { COMMON_HEADER_LENGTH } from "./chunk.ts";

/** Bytes of DATA in a full packet (PMDCS in the RFC): the unit of the calculations here. */
const PACKET = SCTP_MTU - COMMON_HEADER_LENGTH;

/**
 * Packets by which one SACK may let the window grow in slow start: two, as guests acknowledge every
 * second packet (RFC 3465).
 */
const GROWTH_LIMIT = 2 * PACKET;

const LEAST_THRESHOLD = 4 * PACKET;

/** The congestion window of one association. */
export class CongestionWindow {
  #bytes = SCTP_INITIAL_WINDOW_PACKETS * PACKET;
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
   * @param wasFull whether more would have been sent, had the window been larger: one that is not
   *   used does not grow.
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

  /** Chunks were lost, and others came through (§7.2.3, §7.2.4). */
  lost(): void {
    this.#threshold = Math.max(this.#bytes / 2, LEAST_THRESHOLD);
    this.#bytes = this.#threshold;
    this.#acknowledged = 0;
  }

  /** Nothing came through for a whole timeout (§7.2.3). */
  timedOut(): void {
    this.lost();
    this.#bytes = PACKET;
  }

  /** Nothing was sent for a while, so nothing is known of the path any more (§7.2.1). */
  rested(): void {
    this.#bytes = Math.max(this.#bytes / 2, LEAST_THRESHOLD);
  }

  /** Everything is acknowledged: the count of acknowledged bytes is reset (§7.2.2). */
  emptied(): void {
    this.#acknowledged = 0;
  }
}
