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
 * @throws {Error} if it cannot be read, or is no file of the hub's. The message then fits into
 *   parentheses.
 */
export async function readSmallFile(path: string): Promise<Uint8Array<ArrayBuffer>> {
  const { isFile, isDirectory, size } = await Deno.stat(path);
  if (isDirectory) throw new Error("it is a folder");
  if (!isFile) throw new Error("it is a device or a pipe, not a file");
  if (size > MAX_KEPT_FILE_BYTES) throw new Error(`it is too large, with ${size} bytes`);
  return await retryWhileLocked(() => Deno.readFile(path));
}
