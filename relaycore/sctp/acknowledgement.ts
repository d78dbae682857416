/**
 * When a SACK is sent to the guest (RFC 9260 §6.2): at the latest with every second packet or after
 * a short delay, at once if something is missing, and without a packet of its own if the hub sends
 * DATA. `inbound.ts` makes the content of the SACK.
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

  /** Whether packets have arrived since the last SACK. */
  get isOwed(): boolean {
    return this.#packets > 0;
  }

  /** When the SACK has to be sent, unless it is bundled with DATA before; undefined if none is owed. */
  get deadline(): number | undefined {
    return this.#deadline;
  }

  /** Whether the SACK has to be sent now, alone if there is no DATA. */
  isDue(now: number): boolean {
    return this.#isUrgent || (this.#deadline !== undefined && now >= this.#deadline);
  }

  /**
   * A packet with DATA, or a FORWARD-TSN, was taken.
   *
   * @param isUrgent whether it left a gap, closed one, came twice, or asks for a SACK (§6.2, §6.7).
   */
  packetReceived(isUrgent: boolean, now: number): void {
    this.#packets++;
    if (isUrgent || this.#packets >= 2) this.#isUrgent = true;
    this.#deadline ??= now + SCTP_SACK_DELAY_MS;
  }

  /** The SACK is sent. */
  sent(): void {
    this.#packets = 0;
    this.#isUrgent = false;
    this.#deadline = undefined;
  }
}
