/**
 * Runs `build.ts` in tests, where the runtimes for it can be had: from Deno's server, or from
 * packages by a script that lies beside the repository on the machines of its developers.
 *
 * @module
 */

import { COMPILE_DENO } from "../../cli/release/compiler.ts";

const SCRIPT = new URL("../../../shared/tools/release-runtimes", import.meta.url).pathname;
const DOWNLOAD_FAILED = /cannot be (?:downloaded|provided)|npm cannot provide/;

/** What came of a build. */
export interface BuildOutcome {
  readonly code: number;
  readonly stderr: string;
  /** Whether it only lacks a runtime that cannot be downloaded here. */
  readonly lacksRuntime: boolean;
}

/**
 * Runs `build.ts`.
 *
 * @param root the folder of `build.ts`; the files appear in `dist/` there.
 * @param args its flags.
 * @param env added to its environment.
 */
export async function build(
  root: string,
  args: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
): Promise<BuildOutcome> {
  await findRuntimes();
  const output = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--quiet", "build.ts", ...args],
    cwd: root,
    env: { NO_COLOR: "1", ...env },
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).output();
  const stderr = new TextDecoder().decode(output.stderr).trim();
  return { code: output.code, stderr, lacksRuntime: DOWNLOAD_FAILED.test(stderr) };
}

let search: Promise<void> | undefined;

/** Puts the runtimes where Deno looks for them, if the script is there and this was not done before. */
function findRuntimes(): Promise<void> {
  return search ??= (async () => {
    if (!await Deno.stat(SCRIPT).then(() => true, () => false)) return;
    const { success, stderr } = await new Deno.Command("python3", {
      args: [SCRIPT, await denoDirectory()],
      stdin: "null",
      stdout: "null",
    }).output();
    if (!success) {
      console.warn(`No runtimes: ${new TextDecoder().decode(stderr).trim()}`);
    }
  })();
}

/** The path of a runtime that {@linkcode build} uses, packed. */
export async function packedRuntime(triple: string): Promise<string> {
  return `${await denoDirectory()}/dl/release/v${COMPILE_DENO}/denort-${triple}.zip`;
}

/** The size of the one file in a zip archive, from its central directory. */
export async function unpackedSize(path: string): Promise<number> {
  const bytes = await Deno.readFile(path);
  const view = new DataView(bytes.buffer);
  for (let at = bytes.length - 22; at >= 0; at--) {
    if (view.getUint32(at, true) !== 0x06054b50) continue;
    return view.getUint32(view.getUint32(at + 16, true) + 24, true);
  }
  throw new Error(`${path} is no zip archive`);
}

async function denoDirectory(): Promise<string> {
  const { stdout } = await new Deno.Command(Deno.execPath(), { args: ["info", "--json"] }).output();
  return JSON.parse(new TextDecoder().decode(stdout)).denoDir;
}
