/**
 * The Deno that compiles the executables, and how to run it. It can be another version than the one
 * that runs `build.ts`: npm provides it.
 *
 * @module
 */

import { reasonOf } from "../../relaycore/mod.ts";
import { BuildError } from "./build_error.ts";
import { permissionsOf, type Target } from "./targets.ts";

/**
 * The version of Deno that is inside every executable.
 *
 * It is the newest version whose executables this project has run on every system that it can test
 * (README.md, "What ran where"). Deno 2.9 is newer, but a Raspberry Pi 5 cannot start its
 * executables, because two of their segments share a memory page (denoland/deno#36282). Before this
 * number is raised, `deno task ci` must pass with it.
 */
export const COMPILE_DENO = "2.6.5";

/** The path, which is looked up only once. */
let found: Promise<string> | undefined;

/**
 * The path of the Deno of that version: the running one, or the one from npm.
 *
 * @throws {BuildError} if npm cannot provide it.
 */
export function compilerPath(): Promise<string> {
  return found ??= Deno.version.deno === COMPILE_DENO ? Promise.resolve(Deno.execPath()) : askNpm();
}

async function askNpm(): Promise<string> {
  const npx = Deno.build.os === "windows" ? "npx.cmd" : "npx";
  const script = "console.log(Deno.execPath())";
  const remedy = `Install Node and npm, or run build.ts with Deno ${COMPILE_DENO}`;
  try {
    const { success, stdout, stderr } = await new Deno.Command(npx, {
      args: ["--yes", `deno@${COMPILE_DENO}`, "eval", "--no-config", script],
      env: { NO_COLOR: "1", DENO_NO_UPDATE_CHECK: "1" },
      stdin: "null",
    }).output();
    const decoder = new TextDecoder();
    if (success) return decoder.decode(stdout).trim();
    throw new Error(decoder.decode(stderr).trim());
  } catch (error) {
    throw new BuildError(
      `npm cannot provide Deno ${COMPILE_DENO} (${reasonOf(error)}). ${remedy}.`,
    );
  }
}

/** What an executable is made of. */
export interface Program {
  /** The folder of the bundle, with `main.mjs` in it. */
  readonly directory: string;
  /** Files of the bundle that no import leads to, such as a worker. */
  readonly included: readonly string[];
  /** Path of the icon for Windows. */
  readonly icon: string;
}

/** The arguments for `deno` to make an executable from a bundle. */
export function compileCommand(target: Target, program: Program, output: string): string[] {
  const { directory, included, icon } = program;
  return [
    "compile",
    // The bundle is complete. It must not use settings, a lock file or packages from its surroundings.
    ...["--no-check", "--no-config", "--no-lock", "--unstable-net"],
    // Otherwise the executable keeps a file with a predictable name in the temporary folder.
    "--no-code-cache",
    // So that a quiet hub can collect its garbage (cli/garbage_collection.ts).
    "--v8-flags=--expose-gc",
    ...permissionsOf(target),
    ...included.flatMap((file) => ["--include", `${directory}/${file}`]),
    ...target.triple.includes("windows") ? ["--icon", icon] : [],
    ...["--target", target.triple, "--output", output, `${directory}/main.mjs`],
  ];
}

/**
 * Compiles one executable.
 *
 * @throws {BuildError} if Deno fails. If the runtime is missing, the message says how to get it.
 */
export async function compile(target: Target, program: Program, output: string): Promise<void> {
  const command = compileCommand(target, program, output);
  try {
    await runDeno(await compilerPath(), command, program.directory);
  } catch (error) {
    const url = /https:\/\/\S*denort\S*\.zip/.exec(reasonOf(error))?.[0];
    if (url === undefined) throw error;
    throw new BuildError(
      `The runtime for ${target.name} cannot be downloaded from ${url}. Connect to the internet, ` +
        `or set DENORT_BIN to the denort of Deno ${COMPILE_DENO} for ${target.triple}.`,
    );
  }
}

/**
 * Runs a Deno.
 *
 * @throws {BuildError} with Deno's error output.
 */
export async function runDeno(
  deno: string,
  args: readonly string[],
  cwd: string,
): Promise<void> {
  const { DENORT_BIN, ...environment } = Deno.env.toObject();
  const { success, stderr } = await new Deno.Command(deno, {
    args: [...args],
    cwd,
    clearEnv: true,
    env: {
      ...environment,
      ...DENORT_BIN ? { DENORT_BIN } : {}, // an empty value counts as not set
      ...{ NO_COLOR: "1", DENO_NO_UPDATE_CHECK: "1" },
    },
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).output();
  if (success) return;
  throw new BuildError(`deno ${args[0]} failed: ${new TextDecoder().decode(stderr).trim()}`);
}
