/**
 * Writing a file so that it is there whole or as it was before, whatever happens meanwhile.
 *
 * @module
 */

/**
 * Replaces a file's content: written beside it, brought to the disk, then renamed over it.
 *
 * @param options.mode permissions of the new file; without effect on Windows.
 * @param options.durable whether to wait until it is on the disk: not for what every start writes
 *   anew.
 */
export async function writeFileAtomically(
  path: string,
  text: string,
  { mode, durable }: { mode: number; durable: boolean },
): Promise<void> {
  // A link is followed, so that a state file kept elsewhere stays where it is.
  const target = await Deno.realPath(path).catch(() => path);
  const temporary = `${target}.${crypto.randomUUID().slice(0, 8)}.tmp`;
  try {
    const file = await Deno.open(temporary, { write: true, createNew: true, mode });
    try {
      const bytes = new TextEncoder().encode(text);
      for (let written = 0; written < bytes.length;) {
        written += await file.write(bytes.subarray(written));
      }
      if (durable) await file.sync();
    } finally {
      file.close();
    }
    await Deno.rename(temporary, target);
  } catch (error) {
    await Deno.remove(temporary).catch(() => {});
    throw error;
  }
}
