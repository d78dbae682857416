/**
 * The messages for one guest of which at least a part has not been sent, and how the next chunk is cut
 * from them (RFC 9260 §6.9).
 *
 * @module
 */

import { SCTP_MTU } from "../limits.ts";
import { COMMON_HEADER_LENGTH, DATA_HEADER_LENGTH } from "./chunk.ts";

/** Most bytes of user data in one chunk. */
const MAX_USER_DATA = (SCTP_MTU - COMMON_HEADER_LENGTH - DATA_HEADER_LENGTH) & ~3;

/** Used slots are removed when there are this many, because each removal moves the rest. */
export const COMPACT_AFTER = 256;

/** One message on a stream. */
export interface Message {
  readonly streamId: number;
  readonly sequence: number;
  readonly protocol: number;
  readonly data: Uint8Array;
}

/** The messages that wait to be sent, in order. */
export class SendQueue {
  /** From the slot {@link #head} on. */
  #messages: Message[] = [];
  #head = 0;
  /** How many bytes of the first message have been sent. */
  #offset = 0;

  /** Whether nothing waits to be sent. */
  get isEmpty(): boolean {
    return this.#messages.length === this.#head;
  }

  /** The message that is sent next. The queue must not be empty. */
  get first(): Message {
    return this.#messages[this.#head];
  }

  /** How many bytes of the first message have been sent. */
  get offset(): number {
    return this.#offset;
  }

  /** Adds a message. */
  push(message: Message): void {
    this.#messages.push(message);
  }

  /** Bytes of user data in the next chunk if its packet is empty. The queue must not be empty. */
  get nextUserData(): number {
    return Math.min(MAX_USER_DATA, this.first.data.length - this.#offset);
  }

  /**
   * How many bytes of the first message go into a packet with this much room. The rest of a message
   * is not cut if it fits into one packet, and a larger one is cut only if at least half a packet is
   * free.
   */
  userDataThatFits(room: number): number {
    const left = this.first.data.length - this.#offset;
    const most = (room - DATA_HEADER_LENGTH) & ~3;
    if (left <= MAX_USER_DATA) return left <= most ? left : 0;
    return most >= MAX_USER_DATA / 2 ? Math.min(MAX_USER_DATA, most) : 0;
  }

  /** This many more bytes of the first message have been sent. */
  sent(userData: number): void {
    this.#offset += userData;
    if (this.#offset < this.first.data.length) return;
    this.#offset = 0;
    this.#head++;
    if (this.#head < this.#messages.length && this.#head < COMPACT_AFTER) return;
    this.#messages.splice(0, this.#head);
    this.#head = 0;
  }
}
