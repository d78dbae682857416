/**
 * `deno task bench:executable`: what the Linux executable weighs and how fast it starts, beside a
 * compiled hello-world, measured by turns in one run. It is built here, with the runtime that
 * `../shared/tools/standalone-runtime` gives.
 *
 * @module
 */

import { build, type StandaloneRuntime, standaloneRuntime } from "../standalone_runtime.ts";

const ROOT = new URL("../../", import.meta.url).pathname;
const ROUNDS = 25;
const MAX_BYTES_OVER_RUNTIME = 3_000_000;
const MAX_START_RATIO = 1.3;

/** Compiles a program that prints one line. */
async function compileHello({ deno, denort }: StandaloneRuntime, folder: string): Promise<string> {
  await Deno.writeTextFile(`${folder}/hello.js`, 'console.log("LINK");\n');
  const { success } = await new Deno.Command(deno, {
    args: ["compile", "--quiet", "--no-config", "--no-lock", "--output", "hello", "hello.js"],
    cwd: folder,
    env: { DENORT_BIN: denort },
  }).output();
  if (!success) throw new Error("the hello-world cannot be compiled");
  return `${folder}/hello`;
}

/** From the start of a program to its line that begins with LINK, in ms. */
async function msToLink(program: string, args: readonly string[], cwd: string): Promise<number> {
  const started = performance.now();
  const child = new Deno.Command(program, {
    args: [...args],
    cwd,
    stdin: "null",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  let text = "";
  let took = NaN;
  for await (const chunk of child.stdout.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    if (!/^LINK/m.test(text)) continue;
    took = performance.now() - started;
    break;
  }
  try {
    child.kill("SIGKILL");
  } catch {
    // It has ended by itself.
  }
  await child.status;
  if (Number.isNaN(took)) throw new Error(`${program} printed no LINK`);
  return took;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1];
}

const runtime = await standaloneRuntime();
if (runtime === undefined) Deno.exit(0);
const { code, stderr } = await build(runtime, ROOT, "--target", "linux");
if (code !== 0) throw new Error(stderr);
const hub = `${ROOT}dist/kibitz-offline-linux`;
const folder = await Deno.makeTempDir({ prefix: "kibitz-bench-" });
const ms: { hello: number[]; hub: number[] } = { hello: [], hub: [] };
let over: number;
try {
  const hello = await compileHello(runtime, folder);
  over = (await Deno.stat(hub)).size - (await Deno.stat(runtime.denort)).size;
  for (let round = -2; round < ROUNDS; round++) {
    const one = await msToLink(hello, [], folder);
    const other = await msToLink(hub, ["--quiet", "--http=0"], folder);
    if (round < 0) continue; // files come from the disk, and the code cache is written
    ms.hello.push(one);
    ms.hub.push(other);
  }
} finally {
  await Deno.remove(folder, { recursive: true });
}
// The fastest of each are what the machine can do; the medians are what it did among other work.
const ratio = Math.min(...ms.hub) / Math.min(...ms.hello);
console.log(`over the bare runtime   ${(over / 1e6).toFixed(2)} MB (at most 3)`);
console.log(
  `start to LINK           ${ratio.toFixed(2)} × hello-world (at most ${MAX_START_RATIO}); ` +
    `medians ${median(ms.hub).toFixed(1)} and ${median(ms.hello).toFixed(1)} ms`,
);
Deno.exit(over <= MAX_BYTES_OVER_RUNTIME && ratio <= MAX_START_RATIO ? 0 : 1);
