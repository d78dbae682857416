/**
 * Reads the small files that the hub keeps. A path that a person gives may lead to something else: a
 * pipe in which nothing comes, a device that never ends, or a video. An edge: it reads files.
 *
 * @module
 */

import { MAX_KEPT_FILE_BYTES } from "../limits.ts";
import { retryWhileLocked } from "./locked_file.ts";

/**
 * Reads a whole file. If another program has locked it, tries again for some seconds.
 *
 * A symbolic link to nothing is an error: it may lead to a disk that is not mounted yet, and the file
 * on that disk must not be replaced by a new one.
 *
 * @returns undefined if there is no such file.
 * @throws {Error} if it cannot be read, or is no file of the hub's. The message fits into parentheses.
 */
export async function readSmallFile(path: string): Promise<Uint8Array<ArrayBuffer> | undefined> {
  try {
    return await read(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    if (await isLink(path)) throw new Error("it is a link to a file that is not there");
    return undefined;
  }
}

async function read(path: string): Promise<Uint8Array<ArrayBuffer>> {
  const { isFile, isDirectory, size } = await Deno.stat(path);
  if (isDirectory) throw new Error("it is a folder");
  if (!isFile) throw new Error("it is a device or a pipe, not a file");
  if (size > MAX_KEPT_FILE_BYTES) throw new Error(`it is too large, with ${size} bytes`);
  return await retryWhileLocked(() => Deno.readFile(path));
}

async function isLink(path: string): Promise<boolean> {
  return await Deno.lstat(path).then(({ isSymlink }) => isSymlink, () => false);
}
