/**
 * The SCTP receive window that the hub announces to its guests. The packets of all guests wait in
 * the buffer of the hub's socket, so guests that send large messages at the same time share the
 * window. If the windows together were larger than the buffer, datagrams would be lost, and senders
 * would wait for their retransmission timers.
 *
 * @module
 */

import { SCTP_WINDOW_BYTES } from "../limits.ts";

/** The receive window of all associations on one socket. */
export class ReceivePool {
  /** Associations with a message in reassembly. */
  #senders = 0;

  /** The window of one association in bytes, before what it holds is subtracted. */
  get window(): number {
    const share = Math.floor(SCTP_WINDOW_BYTES.pool / Math.max(1, this.#senders));
    return Math.min(SCTP_WINDOW_BYTES.max, Math.max(SCTP_WINDOW_BYTES.min, share));
  }

  /** An association has received the first fragment of a message, and will receive more. */
  enter(): void {
    this.#senders++;
  }

  /** The message is complete, or has been abandoned. */
  leave(): void {
    this.#senders--;
  }
}
