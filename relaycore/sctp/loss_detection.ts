/**
 * Finds lost chunks by time, as RACK-TLP does for TCP (RFC 8985). Reports of missing chunks
 * (RFC 9260 §7.2.4) need three later packets that arrive, and never show that a retransmission is
 * lost too. On bad Wi-Fi, they would often leave everything to the retransmission timer, which waits
 * many round trips. This file knows no clock.
 *
 * @module
 */

import { SCTP_LONGEST_SACK_DELAY_MS, SCTP_PROBE_MARGIN_MS, SCTP_REORDERING_MS } from "../limits.ts";
import { PACKET } from "./congestion_window.ts";
import type { RetransmissionTimeout } from "./retransmission_timeout.ts";

/** What shows that chunks of one association are lost. */
export class LossDetection {
  readonly #rto: RetransmissionTimeout;
  /** Of the chunks that have arrived, the one that was sent last (RACK.xmit_ts, RACK.end_seq). */
  #arrivedSentAt = -Infinity;
  #arrivedTsn = 0;
  #overdueAt = Infinity;
  #probeAt = Infinity;
  /** Only one probe is sent until the guest answers (RFC 8985 §7.3). */
  #mayProbe = true;
  /** Whether the guest has reported a gap. Then it acknowledges every packet at once. */
  #hasGap = false;

  constructor(rto: RetransmissionTimeout) {
    this.#rto = rto;
  }

  /** When chunks are overdue or a probe is due, whichever is earlier; Infinity means never. */
  get deadline(): number {
    return Math.min(this.#overdueAt, this.#probeAt);
  }

  /** Whether a probe is due: nothing has been acknowledged for two round trips. */
  isProbeDue(now: number): boolean {
    return now >= this.#probeAt;
  }

  /**
   * A chunk is acknowledged for the first time.
   *
   * @param sentAt when it was last sent.
   * @param isResent whether it was sent more than once. Then an acknowledgement that comes sooner
   *   than any round trip is for an earlier transmission (RFC 8985 §6.2, step 2).
   */
  arrived(tsn: number, sentAt: number, isResent: boolean, now: number): void {
    if (isResent && now - sentAt < this.#rto.leastRoundTrip) return;
    if (!this.#isSentAfterArrived(tsn, sentAt)) return;
    this.#arrivedSentAt = sentAt;
    this.#arrivedTsn = tsn;
  }

  /**
   * When a missing chunk counts as lost (RFC 8985 §6.2, step 5): a chunk that was sent after it has
   * arrived, and it has had the time of a round trip. It gets a little more, because packets may
   * overtake each other.
   *
   * @returns Infinity if all chunks that were sent after it may still be under way.
   */
  lostAt(tsn: number, sentAt: number): number {
    const { roundTrip } = this.#rto;
    if (roundTrip === undefined || this.#isSentAfterArrived(tsn, sentAt)) return Infinity;
    return sentAt + roundTrip + Math.max(roundTrip / 4, SCTP_REORDERING_MS);
  }

  /** Sets when the next missing chunk counts as lost; Infinity if there is none. */
  set overdueAt(at: number) {
    this.#overdueAt = at;
  }

  /** A SACK has acknowledged chunks, so the guest can be reached. */
  answered(hasGap: boolean): void {
    this.#mayProbe = true;
    this.#hasGap = hasGap;
  }

  /**
   * Begins to wait for the next probe (RFC 8985 §7.2), after chunks were sent or acknowledged.
   *
   * @param flight bytes of the chunks in flight. There is no probe if it is 0.
   */
  armProbe(flight: number, now: number): void {
    const { roundTrip } = this.#rto;
    this.#probeAt = Infinity;
    if (flight === 0 || roundTrip === undefined || !this.#mayProbe) return;
    // A guest acknowledges a single packet late, because it waits for a second one.
    const delay = flight <= PACKET && !this.#hasGap ? SCTP_LONGEST_SACK_DELAY_MS : 0;
    this.#probeAt = now + 2 * roundTrip + delay + SCTP_PROBE_MARGIN_MS;
  }

  /** The probe is sent. */
  probed(): void {
    this.#probeAt = Infinity;
    this.#mayProbe = false;
  }

  /** Everything in flight counts as lost, so there is nothing to wait for. */
  allLost(): void {
    this.#overdueAt = Infinity;
    this.#probeAt = Infinity;
  }

  #isSentAfterArrived(tsn: number, sentAt: number): boolean {
    if (sentAt !== this.#arrivedSentAt) return sentAt > this.#arrivedSentAt;
    return tsn > this.#arrivedTsn;
  }
}
