/**
 * When sessions are polled: after the datagrams that wait in the socket have been taken, so that
 * what one turn of the event loop has for a guest leaves in as few datagrams as it fits into, and when
 * their timers run out. One timer serves all sessions.
 *
 * @module
 */

import { WAKEUP_GRAIN_MS } from "../limits.ts";

/** Something with packets to send and timers. */
export interface Polled {
  /** When {@link poll} is to be called: at once if it lies in the past. */
  readonly nextDeadline: number | undefined;
  /** Does what is due. Must not throw. */
  poll(now: number): void;
}

/** The clock and the event loop. */
export interface Timing {
  /** Milliseconds on a clock that never jumps. */
  now(): number;
  /** Calls its argument when input that is already there has been taken. */
  soon(run: () => void): void;
  /** Calls its argument after a time, in milliseconds; returns what prevents that. */
  later(run: () => void, ms: number): () => void;
}

/** All sessions that wait for something. */
export class Wakeups {
  readonly #timing: Timing;
  /** Sessions to be polled in this turn. */
  #due = new Set<Polled>();
  #isTurnPlanned = false;
  /**
   * Sessions by the time of their timer, in grains, and the other way round. An entry may be too
   * early, because timers are mostly put off; never too late.
   */
  readonly #byGrain = new Map<number, Set<Polled>>();
  readonly #grains = new Map<Polled, number>();
  #cancelTimer: (() => void) | undefined;
  #isClosed = false;

  constructor(timing: Timing) {
    this.#timing = timing;
  }

  /** Something was done to a session: it is polled at the end of this turn of the event loop. */
  touch(session: Polled): void {
    this.#due.add(session);
    if (this.#isTurnPlanned) return;
    this.#isTurnPlanned = true;
    this.#timing.soon(() => this.#endTurn());
  }

  /** No session is polled any more. */
  close(): void {
    this.#isClosed = true;
    this.#cancelTimer?.();
    this.#due.clear();
  }

  #endTurn(): void {
    this.#isTurnPlanned = false;
    const due = this.#due;
    if (due.size === 0) return;
    this.#due = new Set();
    const now = this.#timing.now();
    for (const session of due) {
      session.poll(now);
      this.#await(session, now);
    }
  }

  #await(session: Polled, now: number): void {
    const deadline = session.nextDeadline;
    if (deadline === undefined) return;
    if (deadline <= now) return this.touch(session);
    const grain = Math.ceil(deadline / WAKEUP_GRAIN_MS);
    const known = this.#grains.get(session);
    if (known !== undefined && known <= grain) return;
    if (known !== undefined) this.#byGrain.get(known)?.delete(session);
    this.#grains.set(session, grain);
    const sessions = this.#byGrain.get(grain);
    if (sessions === undefined) this.#byGrain.set(grain, new Set([session]));
    else sessions.add(session);
    this.#planTimer();
  }

  #planTimer(): void {
    if (this.#cancelTimer !== undefined || this.#byGrain.size === 0 || this.#isClosed) return;
    this.#cancelTimer = this.#timing.later(() => this.#tick(), WAKEUP_GRAIN_MS);
  }

  #tick(): void {
    this.#cancelTimer = undefined;
    const now = this.#timing.now();
    for (const [grain, sessions] of this.#byGrain) {
      if (grain * WAKEUP_GRAIN_MS > now) continue;
      this.#byGrain.delete(grain);
      for (const session of sessions) {
        this.#grains.delete(session);
        const deadline = session.nextDeadline;
        if (deadline === undefined) continue;
        if (deadline <= now) this.touch(session);
        else this.#await(session, now);
      }
    }
    this.#planTimer();
  }
}
