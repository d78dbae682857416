/**
 * A Deno and the runtime that belongs to it, with which an executable can be built where Deno's
 * download server is out of reach.
 *
 * @module
 */

const SCRIPT = new URL("../../shared/tools/standalone-runtime", import.meta.url).pathname;

/** What `build.ts` is run with. */
export interface StandaloneRuntime {
  /** Path of the `deno` that compiles. */
  readonly deno: string;
  /** Path of the `denort` of the same version, for Linux on x86_64. */
  readonly denort: string;
}

/**
 * Finds it; the first time it is downloaded.
 *
 * @returns undefined, after a sentence that says why, if this machine has none.
 */
export async function standaloneRuntime(): Promise<StandaloneRuntime | undefined> {
  try {
    const { success, stdout, stderr } = await new Deno.Command(SCRIPT).output();
    const [deno, denort] = new TextDecoder().decode(stdout).trim().split("\n");
    if (success && denort !== undefined) return { deno, denort };
    console.warn(`No executable is built: ${new TextDecoder().decode(stderr).trim()}`);
  } catch {
    console.warn(`No executable is built: there is no ${SCRIPT} on this machine.`);
  }
}

/**
 * Runs `build.ts` with it.
 *
 * @param root the folder of `build.ts`; the files appear in `dist/` there.
 * @param args its flags.
 */
export async function build(
  { deno, denort }: StandaloneRuntime,
  root: string,
  ...args: string[]
): Promise<{ readonly code: number; readonly stderr: string }> {
  const { code, stderr } = await new Deno.Command(deno, {
    args: ["run", "-A", "--quiet", "build.ts", ...args],
    cwd: root,
    env: { DENORT_BIN: denort, DENO_TLS_CA_STORE: "system", NO_COLOR: "1" },
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).output();
  return { code, stderr: new TextDecoder().decode(stderr).trim() };
}
