/**
 * Where the tests of executables find them, and what else they need.
 *
 * @module
 */

/** The folder of the executables. `deno task build` makes them. */
export const EXECUTABLES = new URL("../../../dist", import.meta.url).pathname;

/** Whether an executable has been built. */
export function isBuilt(path: string): Promise<boolean> {
  return Deno.stat(path).then(() => true, () => false);
}

/** Whether a program can be run here. */
export function isInstalled(program: string): Promise<boolean> {
  return new Deno.Command(program, { args: ["--version"], stdout: "null", stderr: "null" })
    .output().then(() => true, () => false);
}

/**
 * Whether a test is to be skipped; then a sentence says why.
 *
 * @param what begins the sentence, such as "The file is not run".
 * @param reasons each tells a reason, or undefined for none. They are asked in turn.
 */
export async function whyNot(
  what: string,
  reasons: readonly (() => Promise<string | undefined>)[],
): Promise<boolean> {
  for (const reason of reasons) {
    const text = await reason();
    if (text === undefined) continue;
    console.warn(`${what}: ${text}.`);
    return true;
  }
  return false;
}
