/**
 * Decides when a SACK is sent to the guest (RFC 9260 §6.2): at once if a chunk is missing,
 * otherwise for every second packet or after a short delay, and earlier if it can be bundled with
 * DATA of the hub. `inbound.ts` makes the content of the SACK.
 *
 * @module
 */

import { SCTP_SACK_DELAY_MS } from "../limits.ts";

/** The SACK that is owed to one guest. */
export class Acknowledgement {
  /** Packets with DATA since the last SACK. */
  #packets = 0;
  #isUrgent = false;
  #deadline: number | undefined;

  /** Whether packets with DATA have arrived since the last SACK. */
  get isOwed(): boolean {
    return this.#packets > 0;
  }

  /** When the SACK has to be sent even if there is no DATA; undefined if none is owed. */
  get deadline(): number | undefined {
    return this.#deadline;
  }

  /** Whether the SACK has to be sent now, even if there is no DATA. */
  isDue(now: number): boolean {
    return this.#isUrgent || (this.#deadline !== undefined && now >= this.#deadline);
  }

  /**
   * A packet with DATA or a FORWARD-TSN has arrived.
   *
   * @param isUrgent whether it left a gap, arrived while there was one, repeated a chunk, or has
   *   the I bit, which asks for a SACK at once (§6.2, §6.7).
   */
  packetReceived(isUrgent: boolean, now: number): void {
    this.#packets++;
    if (isUrgent || this.#packets >= 2) this.#isUrgent = true;
    this.#deadline ??= now + SCTP_SACK_DELAY_MS;
  }

  /** The SACK has been sent. */
  sent(): void {
    this.#packets = 0;
    this.#isUrgent = false;
    this.#deadline = undefined;
  }
}
