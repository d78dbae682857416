/**
 * Writing a file so that it is there whole or as it was before, whatever happens meanwhile.
 *
 * @module
 */

import { LEFTOVER_AGE_MS } from "../limits.ts";

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
  const { folder, name } = split(target);
  const cleaned = removeLeftovers(folder, name);
  if (!durable) return; // nobody waits for it
  await syncFolder(folder);
  await cleaned;
}

function split(path: string): { folder: string; name: string } {
  const [, folder, name] = /^(.*[/\\])?([^/\\]*)$/s.exec(path)!;
  return { folder: folder ?? ".", name };
}

/** Brings a rename to the disk, where the system lets a folder be opened. */
async function syncFolder(folder: string): Promise<void> {
  try {
    using file = await Deno.open(folder);
    await file.sync();
  } catch {
    // Windows, or a file system that does not know of it.
  }
}

/** Takes away what a process left here that was killed while it wrote the same file. */
async function removeLeftovers(folder: string, name: string): Promise<void> {
  try {
    for await (const entry of Deno.readDir(folder)) {
      const isOfThisFile = entry.name.startsWith(`${name}.`) &&
        /^[0-9a-f]{8}\.tmp$/.test(entry.name.slice(name.length + 1));
      if (!isOfThisFile) continue;
      const path = folder === "." ? entry.name : `${folder}${entry.name}`;
      const { mtime } = await Deno.stat(path);
      // A younger one may be of somebody who is writing now.
      if (Date.now() - (mtime?.getTime() ?? 0) > LEFTOVER_AGE_MS) await Deno.remove(path);
    }
  } catch {
    // A folder that cannot be listed keeps them.
  }
}
