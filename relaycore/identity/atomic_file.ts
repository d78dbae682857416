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
  const target = await targetOf(path);
  const temporary = temporaryFor(target);
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
  if (durable) await syncFolder(split(target).folder);
}

/**
 * The same at once, for the little that is written while nobody but the person at the keyboard
 * waits. Later a disk that hangs, a network drive whose network has gone, would stop the whole hub.
 * A file with this content is left alone: most starts write what the last one wrote.
 *
 * @param mode permissions of a new file; without effect on Windows.
 */
export function writeFileAtomicallySync(path: string, text: string, mode: number): void {
  if (hasContent(path, text)) return;
  let target = path;
  try {
    target = Deno.realPathSync(path);
  } catch { /* there is none yet */ }
  const temporary = temporaryFor(target);
  try {
    // Not writeTextFileSync, which gives the mode though the umask takes it away.
    const file = Deno.openSync(temporary, { write: true, createNew: true, mode });
    try {
      const bytes = new TextEncoder().encode(text);
      for (let written = 0; written < bytes.length;) {
        written += file.writeSync(bytes.subarray(written));
      }
    } finally {
      file.close(); // before the rename, which Windows refuses for an open file
    }
    Deno.renameSync(temporary, target);
  } catch (error) {
    try {
      Deno.removeSync(temporary);
    } catch { /* it was never there */ }
    throw error;
  }
}

function hasContent(path: string, text: string): boolean {
  try {
    const { isFile, size } = Deno.statSync(path);
    // Whatever lies there, no more of it is read than could be the same.
    return isFile && size <= 4 * text.length && Deno.readTextFileSync(path) === text;
  } catch {
    return false; // there is none, or none that may be read
  }
}

function temporaryFor(target: string): string {
  return `${target}.${crypto.randomUUID().slice(0, 8)}.tmp`;
}

/** A link is followed, so that a state file kept elsewhere stays where it is. */
function targetOf(path: string): Promise<string> {
  return Deno.realPath(path).catch(() => path);
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

/** Takes away what a process left beside a file that was killed while it wrote it. */
export async function removeLeftovers(path: string): Promise<void> {
  const { folder, name } = split(await targetOf(path));
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
