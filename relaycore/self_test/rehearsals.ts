/**
 * Repeats the hub's self-test in the background, before the first guest comes. V8 compiles code to
 * fast machine code only after it has run dozens of times, so without rehearsals the first guests of
 * a crowd would wait longer. Real guests make the code as fast, so the rehearsals end when one comes.
 * An edge: it has the clock.
 *
 * @module
 */

import { type Group, GROUPS } from "../dtls/key_agreement.ts";
import { DeadlineTimer } from "../net/deadline_timer.ts";
import { RehearsalPlan } from "./rehearsal_plan.ts";
import { BROWSERS_GROUPS, type SelfTest } from "./self_test.ts";

/** What browsers offer, and what most other guests offer. The rehearsals take turns. */
const OFFERS: readonly (readonly Group[])[] = [BROWSERS_GROUPS, [GROUPS.secp256r1]];

/** What {@link Rehearsals} depends on. */
export interface RehearsalsParts {
  /** The test to repeat. It is disposed after the last rehearsal. */
  readonly test: Pick<SelfTest, "join" | typeof Symbol.dispose>;
  /** Whether there is a guest, or a handshake with one. */
  readonly hasGuests: () => boolean;
  /** Called if a rehearsal fails. It is the last one then. */
  readonly failed: (error: unknown) => void;
}

/** The rehearsals of one start. */
export class Rehearsals {
  readonly #parts: Omit<RehearsalsParts, "test">;
  /** Undefined once it is disposed, so that it takes no memory any more. */
  #test: RehearsalsParts["test"] | undefined;
  readonly #plan: RehearsalPlan;
  readonly #timer: DeadlineTimer;
  #isRunning = false;

  /** Plans the first rehearsal. */
  constructor({ test, ...parts }: RehearsalsParts) {
    this.#test = test;
    this.#parts = parts;
    this.#plan = new RehearsalPlan(performance.now());
    this.#timer = new DeadlineTimer(() => {
      this.#rehearse();
      return Infinity; // the end of this rehearsal sets the next deadline
    });
    this.#timer.at(this.#plan.nextDeadline);
  }

  /** How many rehearsals have ended. */
  get count(): number {
    return this.#plan.count;
  }

  /** Whether there is no further rehearsal, and none is under way. */
  get areOver(): boolean {
    return this.#plan.isOver && !this.#isRunning;
  }

  /** Ends the rehearsals. One that is under way is cut short. */
  stop(): void {
    this.#plan.stop();
    this.#timer.stop();
    this.#test?.[Symbol.dispose]();
    this.#test = undefined;
  }

  async #rehearse(): Promise<void> {
    const { hasGuests, failed } = this.#parts;
    if (hasGuests()) return this.stop();
    const began = performance.now();
    this.#isRunning = true;
    try {
      await this.#test?.join(OFFERS[this.#plan.count % OFFERS.length]);
    } catch (error) {
      if (this.#plan.isOver) return; // it was cut short
      failed(error);
      this.#plan.stop();
    } finally {
      this.#isRunning = false;
    }
    this.#plan.ended(began, performance.now());
    if (this.#plan.isOver) this.stop();
    else this.#timer.at(this.#plan.nextDeadline);
  }
}
