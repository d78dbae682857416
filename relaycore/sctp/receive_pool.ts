/**
 * The window that the hub announces to its guests. All guests' packets wait in the one buffer of
 * the hub's socket, so guests that send large messages at the same time share it. A window larger
 * than the buffer would lead to lost datagrams, and to senders that wait for their timers.
 *
 * @module
 */

import { SCTP_WINDOW_BYTES } from "../limits.ts";

/** The buffer of one socket, as a promise to all associations on it. */
export class ReceivePool {
  #senders = 0;

  /** The window for an association that holds nothing yet, in bytes. */
  get window(): number {
    const share = Math.floor(SCTP_WINDOW_BYTES.pool / Math.max(1, this.#senders));
    return Math.min(SCTP_WINDOW_BYTES.max, Math.max(SCTP_WINDOW_BYTES.min, share));
  }

  /** An association has begun to receive a message of several packets. */
  enter(): void {
    this.#senders++;
  }

  /** The message is complete, or will never be. */
  leave(): void {
    this.#senders--;
  }
}
