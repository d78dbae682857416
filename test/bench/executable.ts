/**
 * `deno task bench:executable`: the size and start time of the Linux executable, compared with a
 * compiled hello-world. Both are measured alternately in one run. It is built here.
 *
 * The hub is started as by a double-click, and with flags, which must be read. There are two
 * hello-worlds: a plain one, which is what the hub is judged by, and one that is compiled with the
 * hub's own options, which shows what our code costs. Between them lie the permissions, Deno's
 * unstable UDP, which loads QUIC and WebTransport too, and the code cache, which the hub does
 * without.
 *
 * @module
 */

import { compileCommand, compilerPath } from "../../cli/release/compiler.ts";
import { TARGETS } from "../../cli/release/targets.ts";
import { Program } from "../support/program.ts";
import { median } from "../support/quantiles.ts";
import { build, packedRuntime, unpackedSize } from "../support/release_build.ts";

const ROOT = new URL("../../", import.meta.url).pathname;
const ROUNDS = 40;
const MAX_BYTES_OVER_RUNTIME = 3_000_000;
const MAX_START_RATIO = 1.3;

/**
 * Compiles a program that prints one line, into a folder of its own.
 *
 * @param command what to compile `main.mjs` there with.
 * @returns the path of the executable.
 */
async function compileHello(
  folder: string,
  command: (output: string) => string[],
): Promise<string> {
  await Deno.mkdir(folder);
  await Deno.writeTextFile(`${folder}/main.mjs`, 'console.log("LINK");\n');
  const output = `${folder}/hello`;
  const { success } = await new Deno.Command(await compilerPath(), {
    args: command(output),
    cwd: folder,
    stderr: "null",
  }).output();
  if (!success) throw new Error("the hello-world cannot be compiled");
  return output;
}

/** From the start of a program to its line that begins with LINK, in ms. */
async function msToLink(program: string, args: readonly string[], cwd: string): Promise<number> {
  const started = performance.now();
  await using process = new Program([program, ...args], { cwd });
  await process.line((line) => line.startsWith("LINK"));
  return performance.now() - started;
}

/** The mean of the fastest quarter. */
function fastest(values: readonly number[]): number {
  const quarter = values.toSorted((a, b) => a - b).slice(0, Math.ceil(values.length / 4));
  return quarter.reduce((sum, value) => sum + value, 0) / quarter.length;
}

const { code, stderr, lacksRuntime } = await build(ROOT, ["--target", "linux"]);
if (code !== 0) {
  console.error(stderr);
  Deno.exit(lacksRuntime ? 0 : 1);
}
const hub = `${ROOT}dist/kibitz-offline-linux`;
const folder = await Deno.makeTempDir({ prefix: "kibitz-bench-" });
const ms: Record<"plain" | "alike" | "hub" | "flags", number[]> = {
  plain: [],
  alike: [],
  hub: [],
  flags: [],
};
const linux = TARGETS.find(({ name }) => name === "linux")!;
let over: number;
try {
  const program = { directory: `${folder}/alike`, included: [], icon: "" };
  const alike = await compileHello(
    program.directory,
    (output) => compileCommand(linux, program, output),
  );
  const plain = await compileHello(
    `${folder}/plain`,
    (output) => ["compile", "--no-config", "--no-lock", "--output", output, "main.mjs"],
  );
  over = (await Deno.stat(hub)).size - await unpackedSize(await packedRuntime(linux.triple));
  for (let round = -2; round < ROUNDS; round++) {
    const times = {
      plain: await msToLink(plain, [], folder),
      alike: await msToLink(alike, [], folder),
      hub: await msToLink(hub, [], folder),
      flags: await msToLink(hub, ["--quiet", "--http=0"], folder),
    };
    if (round < 0) continue; // files come from the disk, and code caches are written
    for (const [name, took] of Object.entries(times)) ms[name as keyof typeof ms].push(took);
  }
} finally {
  await Deno.remove(folder, { recursive: true });
}
// The fastest quarter of each is what the machine can do; the medians are what it did among other
// work.
const ratio = (hub: readonly number[], hello: readonly number[]) => fastest(hub) / fastest(hello);
const startRatio = ratio(ms.hub, ms.plain);
const medians = [ms.hub, ms.flags, ms.alike, ms.plain].map((values) => median(values).toFixed(1));
console.log(`over the bare runtime   ${(over / 1e6).toFixed(2)} MB (at most 3)`);
console.log(
  `start to LINK           ${
    startRatio.toFixed(2)
  } × a hello-world (at most ${MAX_START_RATIO}), ` +
    `${ratio(ms.flags, ms.plain).toFixed(2)} × with flags; beside one with the hub's options ` +
    `${ratio(ms.hub, ms.alike).toFixed(2)} and ${ratio(ms.flags, ms.alike).toFixed(2)}`,
);
console.log(
  `medians                 hub, with flags, hello alike, plain: ${medians.join(", ")} ms`,
);
Deno.exit(over <= MAX_BYTES_OVER_RUNTIME && startRatio <= MAX_START_RATIO ? 0 : 1);
