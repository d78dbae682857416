/**
 * Which records of a guest have been opened already (RFC 6347 §4.1.2.6). An attacker in range of
 * the Wi-Fi can replay what it has received. A replayed record must have no effect. Above all, it
 * must not move the guest to the address that it came from.
 *
 * @module
 */

/** How far behind the newest a record may be: no network reorders by so much. */
const WINDOW = 256;

/** The record numbers of one epoch that have been seen. */
export class ReplayWindow {
  #newest = -1;
  /** By number modulo the window: the last number that was seen there. */
  readonly #seen = new Float64Array(WINDOW).fill(-1);

  /** Whether no record with this number has been seen, and the number is within the window. */
  isFresh(sequenceNumber: number): boolean {
    return sequenceNumber > this.#newest - WINDOW &&
      this.#seen[sequenceNumber % WINDOW] !== sequenceNumber;
  }

  /** Notes a record. Only to be called once it is known to be the guest's own. */
  add(sequenceNumber: number): void {
    this.#newest = Math.max(this.#newest, sequenceNumber);
    this.#seen[sequenceNumber % WINDOW] = sequenceNumber;
  }
}
