/**
 * Replacing a file atomically: after a crash it has either the old content or the new one. An edge:
 * it writes files.
 *
 * @module
 */

import { LEFTOVER_AGE_MS } from "../limits.ts";

/**
 * Replaces a file's content: a temporary file is written beside it and renamed over it.
 *
 * @param options.mode permissions of the new file; without effect on Windows.
 * @param options.durable whether to wait until the content is on the disk. A file that every start
 *   writes anew does not need that.
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
    throw inWords(error, target);
  }
  if (durable) await syncFolder(split(target).folder);
}

/**
 * Does the same synchronously, without waiting until the content is on the disk. This makes the
 * start 2 ms faster. It is only for the start: once guests are served, a disk that hangs (a network
 * drive whose network is gone) would stop the hub. A file that has this content already is left
 * alone, as in most starts.
 *
 * @param mode permissions of a new file; without effect on Windows.
 */
export function writeFileAtomicallySync(path: string, text: string, mode: number): void {
  if (hasContent(path, text)) return;
  let target = path;
  try {
    target = Deno.realPathSync(path);
  } catch { /* there is no such file yet */ }
  const temporary = temporaryFor(target);
  try {
    // Not writeTextFileSync: it sets the mode regardless of the umask.
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
    } catch { /* it was not created */ }
    throw inWords(error, target);
  }
}

function hasContent(path: string, text: string): boolean {
  try {
    const { isFile, size } = Deno.statSync(path);
    // A file that is much larger cannot have this content and is not read.
    return isFile && size <= 4 * text.length && Deno.readTextFileSync(path) === text;
  } catch {
    return false; // it does not exist or cannot be read
  }
}

/**
 * The same error with words for what users can mend. The system's words name the temporary file,
 * which they do not know.
 */
function inWords(error: unknown, target: string): unknown {
  if (!(error instanceof Error)) return error;
  error.message = error instanceof Deno.errors.NotFound
    ? `there is no folder ${split(target).folder}`
    : error instanceof Deno.errors.IsADirectory
    ? "it is a folder"
    : error.message.replace(/: (?:open|rename) '.*$/s, "");
  return error;
}

function temporaryFor(target: string): string {
  return `${target}.${crypto.randomUUID().slice(0, 8)}.tmp`;
}

/** Follows a symbolic link, so that a state file that is kept elsewhere stays there. */
function targetOf(path: string): Promise<string> {
  return Deno.realPath(path).catch(() => path);
}

function split(path: string): { folder: string; name: string } {
  const [, folder, name] = /^(.*[/\\])?([^/\\]*)$/s.exec(path)!;
  return { folder: folder ?? ".", name };
}

/** Waits until a rename is on the disk, where the system allows it. */
async function syncFolder(folder: string): Promise<void> {
  try {
    using file = await Deno.open(folder);
    await file.sync();
  } catch {
    // Windows, and some file systems, cannot do this.
  }
}

/** Removes temporary files of a process that was killed while it wrote this file. */
export async function removeLeftovers(path: string): Promise<void> {
  const { folder, name } = split(await targetOf(path));
  try {
    for await (const entry of Deno.readDir(folder)) {
      const isOfThisFile = entry.name.startsWith(`${name}.`) &&
        /^[0-9a-f]{8}\.tmp$/.test(entry.name.slice(name.length + 1));
      if (!isOfThisFile) continue;
      const path = folder === "." ? entry.name : `${folder}${entry.name}`;
      const { mtime } = await Deno.stat(path);
      // A younger one may belong to a process that is writing now.
      if (Date.now() - (mtime?.getTime() ?? 0) > LEFTOVER_AGE_MS) await Deno.remove(path);
    }
  } catch {
    // The folder cannot be listed, or a file cannot be removed. The rest stays until the next start.
  }
}
