/**
 * Fuzzes the hub: first its cores in this process, then the real program in a process of its own,
 * through all its ports at once, while two honest guests exchange frames.
 *
 *     deno run -A test/fuzz/main.ts [--minutes N] [--packets N] [--seed S]
 *
 * It ends with a line `fuzz: passed` or `fuzz: FAILED`, and with the exit code 0 or 1. Each failure
 * is printed with a command that replays it. The seed, the target and the number of the case
 * determine what is sent. The order in which packets of different targets reach the hub is not
 * reproducible.
 *
 *     --only NAME    only one target (`sctp`) or one core (`core:frames`)
 *     --from N       with --only: begin with case N
 *     --prove        inject all faults, each into a hub of its own, and fail unless each is noticed
 *     --inject NAME  inject one fault of `observed_hub.ts`
 *
 * @module
 */

import { TARGETS } from "./attack.ts";
import { makeCores } from "./cores.ts";
import { readCorpus } from "./corpus.ts";
import { fuzzHub, type FuzzReport } from "./fuzz_hub.ts";
import { FAULTS, SIGNS } from "./observed_hub.ts";
import { runCores } from "./run_cores.ts";

/** The options of the command line. */
interface Options {
  readonly seed: number;
  readonly minutes: number;
  readonly packets: number;
  readonly only: string | undefined;
  readonly from: number;
  readonly inject: string;
  readonly prove: boolean;
}

const DEFAULTS = { seed: 1, minutes: 0, packets: 210_000 };

/** How many cases the cores get for each packet that is sent to the hub. */
const CORE_CASES_PER_PACKET = 0.2;

/** The length of a run with an injected fault: enough for every fault to happen. */
const PROOF = { packets: 30_000, minutes: 0.25 };

/** How many of these runs go on at once. A run mostly waits. */
const PROOFS_AT_ONCE = 2;

if (import.meta.main) {
  const options = readOptions(Deno.args);
  const passed = options.prove ? await prove(options) : await fuzz(options);
  console.log(passed ? "fuzz: passed" : "fuzz: FAILED");
  Deno.exit(passed ? 0 : 1);
}

/** Does one run. @returns whether there was no failure. */
async function fuzz(options: Options): Promise<boolean> {
  const { seed, only } = options;
  console.log(`fuzz: seed ${seed}`);
  const failures: string[] = [];
  if (only === undefined || only.startsWith("core:")) {
    failures.push(...await fuzzCores(options));
  }
  if (only === undefined || !only.startsWith("core:")) {
    const report = await fuzzHub({ ...options, fault: options.inject }, console.log);
    print(report);
    const again = only === undefined ? "" : ` --only ${only}`;
    failures.push(
      ...report.failures.map((sentence) =>
        `${sentence}\n    replay: deno run -A test/fuzz/main.ts --seed ${seed}` +
        ` --minutes ${options.minutes} --packets ${options.packets}${again}`
      ),
    );
    if (report.failures.length > 0) {
      console.log(
        `the last cases: ${
          [...report.cases].map(([name, cases]) => `--only ${name} --from ${cases - 1}`).join(", ")
        }\nthe hub's last lines:\n${report.lastLines.map((line) => `    ${line}`).join("\n")}`,
      );
    }
  }
  for (const failure of failures) console.log(`FAILURE ${failure}`);
  return failures.length === 0;
}

async function fuzzCores({ seed, packets, only, from }: Options): Promise<string[]> {
  const cores = makeCores(readCorpus()).filter(({ name }) =>
    only === undefined || only === `core:${name}`
  );
  const began = performance.now();
  const cases = only === undefined ? Math.ceil(packets * CORE_CASES_PER_PACKET) : packets;
  const { casesByCore, failures } = await runCores(cores, { seed, cases, from });
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  console.log(`cores (${seconds} s): ${list(casesByCore)}`);
  return failures.map(({ core, index, error }) =>
    `core:${core}, case ${index}: ${error instanceof Error ? error.stack : error}\n` +
    `    replay: deno run -A test/fuzz/main.ts --seed ${seed} --only core:${core} --from ${index}` +
    ` --packets 1`
  );
}

function print(report: FuzzReport): void {
  const { packets, received, seconds, honest, memory, counters } = report;
  const sent = [...packets.values()].reduce((sum, count) => sum + count, 0);
  console.log(`sent: ${list(packets)}`);
  console.log(
    `${sent} packets in ${seconds.toFixed(1)} s; the hub's ports received ${list(received)}`,
  );
  console.log(`counted by the hub: ${list(new Map(Object.entries(counters)))}`);
  if (honest !== undefined) {
    const { sent, received, echoMs } = honest;
    console.log(
      `honest guests: ${received} of ${sent} frames; echo p50 ${echoMs.p50.toFixed(1)} ms, ` +
        `p99 ${echoMs.p99.toFixed(1)} ms, max ${echoMs.max.toFixed(1)} ms`,
    );
  }
  for (const [when, { associations, heapUsed, external, rss }] of memory) {
    const mib = (bytes: number) => `${(bytes / 2 ** 20).toFixed(1)} MiB`;
    console.log(
      `memory ${when}: heap ${mib(heapUsed)}, external ${mib(external)}, resident ${mib(rss)}, ` +
        `${associations} DTLS associations`,
    );
  }
}

/**
 * Does one run for each fault, which takes about six minutes.
 *
 * @returns whether all were noticed.
 */
async function prove(options: Options): Promise<boolean> {
  let passed = true;
  const faults = Object.keys(FAULTS).values();
  await Promise.all(Array.from({ length: PROOFS_AT_ONCE }, async () => {
    for (const fault of faults) {
      const { failures } = await fuzzHub({ ...options, ...PROOF, fault }, () => {});
      const noticed = failures.some((failure) => SIGNS[fault as keyof typeof FAULTS].test(failure));
      passed &&= noticed;
      console.log(`${fault}: ${noticed ? "noticed" : "NOT NOTICED"}: ${failures.join(" | ")}`);
    }
  }));
  return passed;
}

function list(counts: ReadonlyMap<string, number>): string {
  return [...counts].map(([name, count]) => `${name} ${count}`).join(", ");
}

function readOptions(args: readonly string[]): Options {
  const values = new Map<string, string>();
  for (let i = 0; i < args.length; i++) {
    const [name, value] = args[i].split("=");
    if (!name.startsWith("--")) usage(`"${args[i]}" is not an option`);
    if (name === "--prove") values.set(name, "");
    else values.set(name, value ?? args[++i] ?? "");
  }
  const number = (name: string, byDefault: number) => {
    const value = Number(values.get(name) ?? byDefault);
    if (!(value >= 0)) usage(`${name} takes a number`);
    return value;
  };
  const options: Options = {
    seed: number("--seed", DEFAULTS.seed),
    minutes: number("--minutes", DEFAULTS.minutes),
    packets: number("--packets", DEFAULTS.packets),
    only: values.get("--only"),
    from: number("--from", 0),
    inject: values.get("--inject") ?? "none",
    prove: values.has("--prove"),
  };
  const names = ["--seed", "--minutes", "--packets", "--only", "--from", "--inject", "--prove"];
  const stray = [...values.keys()].find((name) => !names.includes(name));
  if (stray !== undefined) usage(`there is no option ${stray}`);
  const { only, inject } = options;
  const known = [...Object.keys(TARGETS), ...makeCores(readCorpus()).map((c) => `core:${c.name}`)];
  if (only !== undefined && !known.includes(only)) usage(`--only takes one of ${known.join(", ")}`);
  if (inject !== "none" && !Object.hasOwn(FAULTS, inject)) {
    usage(`--inject takes one of ${Object.keys(FAULTS).join(", ")}`);
  }
  return options;
}

function usage(problem: string): never {
  console.log(`${problem}. The options are described at the top of test/fuzz/main.ts.`);
  Deno.exit(2);
}
