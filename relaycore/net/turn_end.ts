/**
 * What is done once at the end of a turn of the event loop, however often it is asked for: when the
 * datagrams that wait in the socket have been taken. An edge: it has the event loop.
 *
 * @module
 */

import { setImmediate } from "node:timers";

/** Collects things in a turn, and works them off at its end. */
export class TurnEnd<T> {
  readonly #run: (things: ReadonlySet<T>) => void;
  #things = new Set<T>();

  /** @param run works everything off that was added in a turn. Must not throw. */
  constructor(run: (things: ReadonlySet<T>) => void) {
    this.#run = run;
  }

  /** Adds a thing to this turn. */
  add(thing: T): void {
    if (this.#things.size === 0) setImmediate(() => this.#end());
    this.#things.add(thing);
  }

  #end(): void {
    const things = this.#things;
    this.#things = new Set();
    this.#run(things);
  }
}
