/**
 * A file that cannot be replaced for a while, because something is mounted on it.
 *
 * @module
 */

async function run(...command: string[]): Promise<boolean> {
  const [program, ...args] = command;
  try {
    return (await new Deno.Command(program, { args, stderr: "null" }).output()).success;
  } catch {
    return false;
  }
}

/** Whether files can be locked here. Only root on Linux can. */
export async function canLock(): Promise<boolean> {
  if (Deno.build.os !== "linux" || Deno.uid() !== 0) return false;
  return await run("unshare", "--mount", "true");
}

/**
 * Locks a file.
 *
 * @returns a function that unlocks it.
 */
export async function lockFile(path: string): Promise<() => Promise<void>> {
  if (!await run("mount", "--bind", path, path)) throw new Error(`${path} cannot be locked`);
  return async () => {
    if (!await run("umount", path)) throw new Error(`${path} cannot be unlocked`);
  };
}
