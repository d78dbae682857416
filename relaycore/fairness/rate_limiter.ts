/**
 * Token buckets for client addresses, in a table of fixed size. Many addresses may share a bucket,
 * so an address needs no memory of its own.
 *
 * @module
 */

import { RATE_BUCKETS } from "../limits.ts";

/** A rate: `burst` tokens at once, refilled at `perSecond` tokens a second. */
export interface Rate {
  readonly burst: number;
  readonly perSecond: number;
}

/** Buckets for one rate. */
export class RateLimiter {
  readonly #rate: Rate;
  readonly #salt: number;
  readonly #tokens: Float64Array;
  readonly #filledAt: Float64Array;

  /**
   * @param salt any number, secret and new for every run, so that an attacker cannot choose an
   *   address that shares a bucket with a given one.
   */
  constructor(rate: Rate, salt: number) {
    this.#rate = rate;
    this.#salt = salt | 0;
    this.#tokens = new Float64Array(RATE_BUCKETS).fill(rate.burst);
    this.#filledAt = new Float64Array(RATE_BUCKETS);
  }

  /** Takes one token of this address. Returns false if there is none. `now` is in milliseconds. */
  take(address: string, now: number): boolean {
    const bucket = this.#bucketOf(address);
    const passed = Math.max(0, now - this.#filledAt[bucket]);
    const { burst, perSecond } = this.#rate;
    const tokens = Math.min(burst, this.#tokens[bucket] + passed * perSecond / 1000);
    this.#filledAt[bucket] = now;
    this.#tokens[bucket] = tokens < 1 ? tokens : tokens - 1;
    return tokens >= 1;
  }

  /** FNV-1a over the salted address. */
  #bucketOf(address: string): number {
    let hash = this.#salt ^ 0x811c9dc5;
    for (let i = 0; i < address.length; i++) {
      hash = Math.imul(hash ^ address.charCodeAt(i), 0x01000193);
    }
    return ((hash ^ (hash >>> 15)) >>> 0) % RATE_BUCKETS;
  }
}
