/**
 * Runs the cases of the cores in this process, and reports which ones fail.
 *
 * @module
 */

import { pause } from "../support/waiting.ts";
import type { Core } from "./cores.ts";
import { Random } from "./random.ts";

/** What to run. */
export interface CoreRun {
  readonly seed: number;
  /** The number of cases of all cores together. */
  readonly cases: number;
  /** The number of the first case; 0 unless a case is replayed. */
  readonly from?: number;
  /** Ends the run early. */
  readonly signal?: AbortSignal;
}

/** A case that has failed. */
export interface CoreFailure {
  readonly core: string;
  readonly index: number;
  readonly error: unknown;
}

/** The result of a run. */
export interface CoreResult {
  readonly casesByCore: Map<string, number>;
  readonly failures: CoreFailure[];
}

/** After so many cases, timers and promises get their turn. */
const BATCH = 50;

/** After so many failures, no more cases of a core are run. */
const MOST_FAILURES = 3;

/** A case that takes longer hangs: a case takes a few milliseconds at most. */
const HANG_MS = 20_000;

/** Runs every core with its share of the cases. If a case hangs, this ends the process. */
export async function runCores(cores: readonly Core[], run: CoreRun): Promise<CoreResult> {
  const result: CoreResult = { casesByCore: new Map(), failures: [] };
  using watch = watchForHang(run.seed);
  const shares = cores.reduce((sum, { share }) => sum + share, 0);
  for (const core of cores) {
    const from = run.from ?? 0;
    const count = Math.ceil(run.cases * core.share / shares);
    let current = from;
    // An unhandled rejection counts as a failure of the core that is running.
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
    await pause(10); // for late rejections
    globalThis.removeEventListener("unhandledrejection", onRejection);
    result.casesByCore.set(core.name, current - from);
  }
  return result;
}

/**
 * Watches for a case that hangs. It blocks this thread, so a worker reports it and ends the
 * process.
 */
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
