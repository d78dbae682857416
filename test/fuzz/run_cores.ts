/**
 * Runs cases against the cores in this process, and says which one failed and how to see it again.
 *
 * @module
 */

import { pause } from "../support/waiting.ts";
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

/** A case takes a few milliseconds at most; one that takes so long will never end. */
const HANG_MS = 20_000;

/** Runs every core, each with its share of the cases. Ends the process if a case never ends. */
export async function runCores(cores: readonly Core[], run: CoreRun): Promise<CoreResult> {
  const result: CoreResult = { casesByCore: new Map(), failures: [] };
  using watch = watchForHang(run.seed);
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
      watch.begin(core.name, current);
      try {
        core.run(new Random(run.seed, core.name, current));
      } catch (error) {
        failures++;
        result.failures.push({ core: core.name, index: current, error });
      }
      if (current % BATCH === 0) {
        if (run.signal?.aborted) break;
        await pause(0); // timers and promises get their turn
      }
    }
    await pause(10); // and what they did may fail now
    globalThis.removeEventListener("unhandledrejection", onRejection);
    result.casesByCore.set(core.name, current - from);
  }
  return result;
}

/** A case that never ends keeps this thread busy for ever; another one tells, and ends the process. */
function watchForHang(seed: number): Disposable & { begin(core: string, index: number): void } {
  const begun = new Int32Array(new SharedArrayBuffer(4));
  const program = `
    let begun, core = "", seen = -1, since = 0;
    onmessage = ({ data }) => typeof data === "string" ? core = data : begun = data;
    setInterval(() => {
      if (begun === undefined || core === "") return;
      const index = Atomics.load(begun, 0);
      if (index !== seen) { seen = index; since = Date.now(); }
      else if (Date.now() - since > ${HANG_MS}) {
        console.log("FAILURE core:" + core + ", case " + index + " never ends\\n" +
          "    replay: deno run -A test/fuzz/main.ts --seed ${seed} --only core:" + core +
          " --from " + index + " --packets 1\\nfuzz: FAILED");
        Deno.kill(Deno.pid, "SIGKILL"); // Deno.exit would only end this worker
      }
    }, 1000);`;
  const url = URL.createObjectURL(new Blob([program], { type: "text/javascript" }));
  const worker = new Worker(url, { type: "module" });
  worker.postMessage(begun);
  let current = "";
  return {
    begin(core, index) {
      if (core !== current) worker.postMessage(current = core);
      Atomics.store(begun, 0, index);
    },
    [Symbol.dispose]() {
      worker.terminate();
      URL.revokeObjectURL(url);
    },
  };
}
