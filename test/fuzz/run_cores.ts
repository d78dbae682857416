/**
 * Runs cases against the cores in this process, and says which one failed and how to see it again.
 *
 * @module
 */

import type { Core } from "./cores.ts";
import { Random } from "./random.ts";

/** What to run. */
export interface CoreRun {
  readonly seed: number;
  /** Cases in all. */
  readonly cases: number;
  /** The case to begin with; 0 unless one is replayed. */
  readonly from?: number;
  /** May be asked to stop early. */
  readonly signal?: AbortSignal;
}

/** A case that went wrong. */
export interface CoreFailure {
  readonly core: string;
  readonly index: number;
  readonly error: unknown;
}

/** What came of a run. */
export interface CoreResult {
  readonly casesByCore: Map<string, number>;
  readonly failures: CoreFailure[];
}

/** How many cases run before timers and promises get their turn. */
const BATCH = 50;

/** A core fails no more often than this before it is left alone. */
const MOST_FAILURES = 3;

/** Runs every core, each with its share of the cases. */
export async function runCores(cores: readonly Core[], run: CoreRun): Promise<CoreResult> {
  const result: CoreResult = { casesByCore: new Map(), failures: [] };
  const shares = cores.reduce((sum, { share }) => sum + share, 0);
  for (const core of cores) {
    const from = run.from ?? 0;
    const count = Math.ceil(run.cases * core.share / shares);
    let current = from;
    // What goes wrong later, in a promise nobody waits for, is this core's as well.
    const onRejection = (event: PromiseRejectionEvent) => {
      event.preventDefault();
      result.failures.push({ core: core.name, index: current, error: event.reason });
    };
    globalThis.addEventListener("unhandledrejection", onRejection);
    let failures = 0;
    for (; current < from + count && failures < MOST_FAILURES; current++) {
      try {
        core.run(new Random(run.seed, core.name, current));
      } catch (error) {
        failures++;
        result.failures.push({ core: core.name, index: current, error });
      }
      if (current % BATCH === 0) {
        if (run.signal?.aborted) break;
        await new Promise((resolve) => setTimeout(resolve));
      }
    }
    await new Promise((resolve) => setTimeout(resolve, 10));
    globalThis.removeEventListener("unhandledrejection", onRejection);
    result.casesByCore.set(core.name, current - from);
  }
  return result;
}
