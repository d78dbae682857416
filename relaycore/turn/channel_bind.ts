/**
 * The channel bindings of one allocation (RFC 8656 §12): each binds one number to one peer.
 *
 * @module
 */

import { TURN_CHANNEL_LIFETIME_MS, TURN_MAX_CHANNELS } from "../limits.ts";

/**
 * The numbers that a channel may have. RFC 8656 §12 ends the range at 0x4fff, but clients of RFC
 * 5766 use numbers up to 0x7fff. These are accepted too: on a port that carries only TURN, the
 * first two bits are enough to tell ChannelData from STUN.
 */
export const CHANNEL_NUMBERS = { first: 0x4000, last: 0x7fff } as const;

/** One channel. */
export interface Channel {
  readonly number: number;
  /** The peer's transport address, `address:port`. */
  readonly peer: string;
  /** The peer's port. It identifies the peer's allocation on this media relay. */
  readonly peerPort: number;
  expiresAt: number;
}

/** The channels of one allocation. */
export class Channels {
  readonly #byNumber = new Map<number, Channel>();
  readonly #byPeer = new Map<string, Channel>();

  /** The live channel with this number. */
  withNumber(number: number, now: number): Channel | undefined {
    const channel = this.#byNumber.get(number);
    return channel !== undefined && channel.expiresAt > now ? channel : undefined;
  }

  /** The live channel to this peer. */
  to(peer: string, now: number): Channel | undefined {
    const channel = this.#byPeer.get(peer);
    return channel !== undefined && channel.expiresAt > now ? channel : undefined;
  }

  /** Whether the number belongs to another peer, or the peer has another number (RFC 8656 §12.2). */
  conflictsWith(number: number, peer: string, now: number): boolean {
    const ofNumber = this.withNumber(number, now);
    const ofPeer = this.to(peer, now);
    return (ofNumber !== undefined && ofNumber.peer !== peer) ||
      (ofPeer !== undefined && ofPeer.number !== number);
  }

  /** Whether this channel can be bound: it is bound already, or there is room for one more. */
  hasRoomFor(number: number, now: number): boolean {
    for (const channel of this.#byNumber.values()) {
      if (channel.expiresAt <= now) this.#remove(channel);
    }
    return this.#byNumber.has(number) || this.#byNumber.size < TURN_MAX_CHANNELS;
  }

  /**
   * Binds or refreshes a channel. The caller has checked {@link conflictsWith} and {@link
   * hasRoomFor}.
   */
  bind(number: number, peer: string, peerPort: number, now: number): void {
    const expiresAt = now + TURN_CHANNEL_LIFETIME_MS;
    const bound = this.#byNumber.get(number);
    if (bound !== undefined && bound.peer === peer) {
      bound.expiresAt = expiresAt;
      return;
    }
    const channel = { number, peer, peerPort, expiresAt };
    this.#byNumber.set(number, channel);
    this.#byPeer.set(peer, channel);
  }

  #remove(channel: Channel): void {
    this.#byNumber.delete(channel.number);
    this.#byPeer.delete(channel.peer);
  }
}
