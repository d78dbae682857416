/**
 * When what there is to send leaves: at the end of the turn of the event loop, when the datagrams that
 * wait in the socket have been taken. While there is very much of it, a little later, so that several
 * frames for a guest share a datagram. An edge: it has the event loop and the clock.
 *
 * @module
 */

import { setImmediate } from "node:timers";
import { GATHER } from "../limits.ts";

/** Counts in stretches of this length how busy it is. */
const STRETCH_MS = 250;

/** What is done at the end of a turn. */
export interface Gathered {
  /** How many might have something to be sent: of many, few have something twice in a short time. */
  readonly guests: number;
  /** Sends for some guests. Must not throw. Returns for how many, and whether there are more. */
  send(): { readonly served: number; readonly isDone: boolean };
}

/** Plans the sending. */
export class Gather {
  readonly #gathered: Gathered;
  #isPlanned = false;
  #stretchBegan = 0;
  #served = 0;
  #isBusy = false;

  constructor(gathered: Gathered) {
    this.#gathered = gathered;
  }

  /** Something is to be sent. */
  plan(): void {
    if (this.#isPlanned) return;
    this.#isPlanned = true;
    const run = () => {
      this.#isPlanned = false;
      this.#run();
    };
    if (!this.#isBusy) setImmediate(run);
    else setTimeout(run, Math.min(GATHER.maxMs, this.#gathered.guests * GATHER.msPerGuest));
  }

  /** Between two parts the socket is read: its buffer does not hold much. */
  #run(): void {
    const { served, isDone } = this.#gathered.send();
    this.#served += served;
    const now = performance.now();
    if (now - this.#stretchBegan >= STRETCH_MS) {
      const perSecond = this.#served * 1000 / (now - this.#stretchBegan);
      this.#isBusy = perSecond > GATHER.busyPerSecond;
      this.#stretchBegan = now;
      this.#served = 0;
    }
    if (!isDone) setImmediate(() => this.#run());
  }
}
